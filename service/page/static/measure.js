// Measuring on a map: clicks make a line, or the ring of an area; Enter marks the middle of the map.

import { template } from "./elements.js";
import { area, curve, length } from "./geodesic.js";
import { SYSTEMS, areaText, keepSystem, lengthText, usualSystem } from "./units.js";

const COLOUR = "#c2410c";
const LAYERS = ["measure-area", "measure-casing", "measure-line", "measure-points"];
const SAME = 4; // pixels: a double click marks one place

export class Tool {
  takesClicks = true;
  #map;
  #element = template("measure");
  #cross = document.createElement("span");
  #points = []; // [longitude, latitude] in degrees; longitudes go on beyond 180°
  #pointer = null;
  #system = usualSystem();
  #close;

  constructor({ root, map }, close) {
    this.#map = map.canvas;
    this.#close = close;
    this.#listUnits();
    root.append(this.#element, this.#cross);
    this.#cross.className = "cross";
    this.#cross.hidden = true;
    this.#draw();
    this.#listen();
    this.#show();
    this.#map.getCanvas().focus();
  }

  remove() {
    this.#map.off("click", this.#mark);
    this.#map.off("mousemove", this.#follow);
    this.#map.off("mouseout", this.#leave);
    this.#map.off("move", this.#centre);
    this.#map.getCanvasContainer().removeEventListener("keydown", this.#press, true);
    this.#map.doubleClickZoom.enable();
    this.#map.getCanvas().style.cursor = "";
    for (const id of LAYERS) this.#map.removeLayer(id);
    this.#map.removeSource("measure");
    this.#element.remove();
    this.#cross.remove();
  }

  get #isArea() {
    return this.#find("kind").value === "area";
  }

  #find(name) {
    return this.#element.querySelector(`[data-${name}]`);
  }

  #listUnits() {
    const units = this.#find("units");
    units.append(...Object.entries(SYSTEMS).map(([id, name]) => new Option(name, id, false, id === this.#system)));
    units.addEventListener("change", () => {
      this.#system = units.value;
      keepSystem(this.#system);
      this.#show();
    });
  }

  #draw() {
    const shape = (id, type, paint, kind) => this.#map.addLayer({ id, type, source: "measure", paint, filter: ["==", ["geometry-type"], kind] });
    this.#map.addSource("measure", { type: "geojson", data: collection([]) });
    shape("measure-area", "fill", { "fill-color": COLOUR, "fill-opacity": 0.2 }, "Polygon");
    shape("measure-casing", "line", { "line-color": "#fff", "line-width": 5, "line-opacity": 0.8 }, "LineString");
    shape("measure-line", "line", { "line-color": COLOUR, "line-width": 2.5 }, "LineString");
    shape("measure-points", "circle", { "circle-color": "#fff", "circle-radius": 4, "circle-stroke-color": COLOUR, "circle-stroke-width": 2 }, "Point");
  }

  #listen() {
    this.#map.doubleClickZoom.disable();
    this.#map.getCanvas().style.cursor = "crosshair";
    this.#map.on("click", this.#mark);
    this.#map.on("mousemove", this.#follow);
    this.#map.on("mouseout", this.#leave);
    this.#map.on("move", this.#centre);
    this.#map.getCanvasContainer().addEventListener("keydown", this.#press, true);
    this.#find("kind").addEventListener("change", () => this.#show());
    this.#find("undo").addEventListener("click", () => this.#undo());
    this.#find("clear").addEventListener("click", () => this.#take([]));
    this.#find("close").addEventListener("click", this.#close);
    this.#element.addEventListener("keydown", (event) => event.key === "Escape" && this.#close());
  }

  #mark = ({ lngLat, point }) => {
    const last = this.#points.at(-1);
    if (last && this.#map.project(last).dist(point) < SAME) return;
    this.#take([...this.#points, [lngLat.lng, lngLat.lat]]);
  };

  #follow = ({ lngLat }) => {
    this.#pointer = [lngLat.lng, lngLat.lat];
    this.#cross.hidden = true;
    this.#redraw();
  };

  #leave = () => {
    this.#pointer = null;
    this.#redraw();
  };

  /** Where Enter marks a place. */
  #centre = () => {
    if (this.#cross.hidden) return;
    const { x, y } = this.#map.project(this.#map.getCenter());
    [this.#cross.style.left, this.#cross.style.top] = [`${x}px`, `${y}px`];
    this.#pointer = this.#map.getCenter().toArray();
    this.#redraw();
  };

  #press = (event) => {
    const act = { Enter: () => this.#markCentre(), Backspace: () => this.#undo(), Escape: this.#close }[event.key];
    if (act) {
      event.preventDefault();
      act();
    } else if (event.key.startsWith("Arrow")) {
      this.#cross.hidden = false;
      this.#centre();
    }
  };

  #markCentre() {
    this.#cross.hidden = false;
    this.#centre();
    const lngLat = this.#map.getCenter();
    this.#mark({ lngLat, point: this.#map.project(lngLat) });
  }

  #undo() {
    this.#take(this.#points.slice(0, -1));
  }

  #take(points) {
    this.#points = points;
    this.#show();
  }

  #show() {
    const points = this.#points;
    const isEnough = points.length > (this.#isArea ? 2 : 1);
    const along = length(this.#isArea && isEnough ? [...points, points[0]] : points);
    const long = lengthText(along, this.#system);
    const text = this.#isArea ? `${areaText(area(points), this.#system)} · around it ${long}` : long;
    this.#find("result").textContent = isEnough ? text : "";
    this.#find("hint").hidden = isEnough;
    this.#find("undo").disabled = this.#find("clear").disabled = !points.length;
    this.#redraw();
  }

  #redraw() {
    const shown = this.#pointer && this.#points.length ? [...this.#points, this.#pointer] : this.#points;
    const isRing = this.#isArea && shown.length > 2;
    const line = curve(isRing ? [...shown, shown[0]] : shown);
    const features = this.#points.map((point) => feature("Point", point));
    if (line.length > 1) features.push(feature("LineString", line));
    if (isRing) features.push(feature("Polygon", [line]));
    this.#map.getSource("measure").setData(collection(features));
  }
}

function feature(type, coordinates) {
  return { type: "Feature", properties: {}, geometry: { type, coordinates } };
}

function collection(features) {
  return { type: "FeatureCollection", features };
}
