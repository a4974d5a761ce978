// The map: one raster over a graticule, from a TileJSON.

import { request } from "./gate.js";
import { graticule } from "./graticule.js";

const OVERZOOM = 4;
const EMPTY = { type: "FeatureCollection", features: [] };
const COLOURS = {
  light: { land: "#e9ebe6", lines: "#cdd2cc", frame: "#8b958f" },
  dark: { land: "#171d20", lines: "#2a3438", frame: "#5d6b71" },
};
const DARK = matchMedia("(prefers-color-scheme: dark)");
const REDUCED_MOTION = matchMedia("(prefers-reduced-motion: reduce)");

export class RasterMap {
  #map;
  #bounds;
  #padding;
  #raster = null;
  #serial = 0;
  #opacity = 1;

  /** key and padding are functions, asked whenever needed; onFailure gets the error of a tile. Throws without WebGL. */
  constructor(container, { bounds, key, padding, onFailure, onPointer }) {
    this.#bounds = bounds;
    this.#padding = padding;
    this.#map = new maplibregl.Map({
      container,
      bounds,
      fitBoundsOptions: { padding: padding() },
      style: style(bounds),
      attributionControl: false,
      maxPitch: 75,
      transformRequest: (url) => (url.startsWith("blob:") ? { url } : request(url, key())),
    });
    this.#map.addControl(new maplibregl.NavigationControl({ visualizePitch: true }), "top-right");
    this.#map.addControl(new maplibregl.ScaleControl(), "bottom-right");
    this.#map.on("moveend", () => this.#drawGraticule());
    this.#map.on("error", ({ error }) => onFailure(error));
    this.#map.on("mousemove", ({ lngLat }) => onPointer(lngLat, this.#map.getZoom()));
    this.#map.on("mouseout", () => onPointer(null));
    DARK.addEventListener("change", this.#paint);
    this.ready = new Promise((resolve) => this.#map.once("load", resolve)).then(() => this.#drawGraticule());
  }

  /** Show a profile; what was there before stays until the new one is painted. */
  show(tilejson) {
    const id = `raster-${++this.#serial}`;
    const old = this.#raster;
    this.#map.setMinZoom(Math.max(0, tilejson.minzoom - 1)); // further out there are no tiles
    this.#map.setMaxZoom(Math.min(24, tilejson.maxzoom + OVERZOOM));
    this.#map.addSource(id, { ...source(tilejson), type: "raster" });
    this.#map.addLayer({ id, type: "raster", source: id, paint: this.#rasterPaint() }, "frame");
    this.#raster = id;
    if (old) this.#removeWhenPainted(old, id);
  }

  /** Load all tiles again, for instance after some failed. */
  reload() {
    const shown = this.#map.getSource(this.#raster);
    shown.setTiles(shown.tiles);
  }

  set opacity(value) {
    this.#opacity = value;
    if (this.#raster) this.#map.setPaintProperty(this.#raster, "raster-opacity", value);
  }

  /** Raise the ground by a terrain-rgb TileJSON, or lay it flat with null. */
  raise(tilejson) {
    if (tilejson && !this.#map.getSource("terrain")) {
      this.#map.addSource("terrain", { ...source(tilejson), type: "raster-dem", encoding: "mapbox" });
    }
    this.#map.setTerrain(tilejson ? { source: "terrain", exaggeration: 1.5 } : null);
    this.#map.easeTo({ pitch: tilejson ? 60 : 0, bearing: tilejson ? -20 : 0, animate: !REDUCED_MOTION.matches });
  }

  fit() {
    this.#map.fitBounds(this.#bounds, { padding: this.#padding(), animate: !REDUCED_MOTION.matches });
  }

  remove() {
    DARK.removeEventListener("change", this.#paint);
    this.#map.remove();
  }

  #removeWhenPainted(old, id) {
    const check = () => {
      if (!this.#map.isSourceLoaded(id) && this.#raster === id) return;
      this.#map.off("render", check);
      this.#map.removeLayer(old);
      this.#map.removeSource(old);
    };
    this.#map.on("render", check);
  }

  #rasterPaint() {
    return { "raster-opacity": this.#opacity, "raster-fade-duration": REDUCED_MOTION.matches ? 0 : 200, "raster-resampling": "linear" };
  }

  #drawGraticule() {
    this.#map.getSource("graticule").setData(graticule(this.#map.getBounds(), this.#map.getZoom()));
  }

  #paint = () => {
    const colours = coloursOfNow();
    this.#map.setPaintProperty("land", "background-color", colours.land);
    this.#map.setPaintProperty("graticule", "line-color", colours.lines);
    this.#map.setPaintProperty("frame", "line-color", colours.frame);
  };
}

function source({ tiles, minzoom, maxzoom, bounds }) {
  return { tiles, minzoom, maxzoom, bounds, tileSize: 256 };
}

function style(bounds) {
  const { land, lines, frame } = coloursOfNow();
  const geojson = (data) => ({ type: "geojson", data });
  const line = (id, paint) => ({ id, type: "line", source: id, paint });
  return {
    version: 8,
    sources: { graticule: geojson(EMPTY), frame: geojson(outline(bounds)) },
    layers: [
      { id: "land", type: "background", paint: { "background-color": land } },
      line("graticule", { "line-color": lines, "line-width": 1 }),
      line("frame", { "line-color": frame, "line-width": 1, "line-dasharray": [3, 3] }),
    ],
  };
}

function outline([west, south, east, north]) {
  const ring = [[west, south], [east, south], [east, north], [west, north], [west, south]];
  return { type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: ring } };
}

function coloursOfNow() {
  return DARK.matches ? COLOURS.dark : COLOURS.light;
}
