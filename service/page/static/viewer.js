// The map and its panel.

import { annotate, openNote } from "./annotations.js";
import { Attributions } from "./attributions.js";
import { loadLayer, showAttributes } from "./datasets.js";
import { DocumentSheet } from "./documents.js";
import { describe, template } from "./elements.js";
import { Problem, tilejson } from "./gate.js";
import { Layers } from "./layers.js";
import { showLegend } from "./legend.js";
import { MapTools } from "./map-tools.js";
import { RasterMap } from "./raster-map.js";
import { Retries } from "./retries.js";
import { SnippetList } from "./snippet-list.js";
import { TimeSlider } from "./time-slider.js";
import { showValues } from "./values.js";
import { LiveView, applyLayers, readView } from "./view-hash.js";
import { coordinates } from "./words.js";

const NARROW = matchMedia("(width <= 40rem)");
const MARGIN = 40; // pixels around the raster when all of it is shown

export class Viewer {
  #root = template("viewer");
  #opened;
  #things;
  #map = null;
  #tools = null;
  #view; // as the address has it
  #layers;
  #attributions;
  #snippets;
  #times;
  #retries = new Retries(() => this.reload());
  #onLockedOut;

  /** onLockedOut is called when tiles are refused for a reason that coming back with the cookie may mend or explain. */
  constructor(opened, things, onLockedOut) {
    this.#opened = opened;
    this.#things = things;
    this.#onLockedOut = onLockedOut;
    document.body.append(this.#root);
    describe(this.#root, opened);
    this.#view = new LiveView(things.layers, () => this.#around(), (asked) => this.#restore(asked));
    this.#listen();
    this.#collapse(NARROW.matches);
    this.#layers = new Layers(this.#root, things.layers, {
      profile: (number, profile) => {
        this.#switchTo(number, profile);
        this.#view.settle();
      },
      fade: (number, opacity) => this.#fade(number, opacity),
      reveal: (number, isVisible) => this.#reveal(number, isVisible),
      fit: (number) => this.#map?.fitTo(things.layers[number].bounds),
    });
    this.#attributions = new Attributions(this.#find("attribution"));
    this.#attributions.add(things.ground?.attribution, "ground");
    this.#snippets = new SnippetList(this.#root, things.layers, () => this.#opened);
    this.#times = new TimeSlider(this.#find("time-row"), readView().time, (time) => this.#showTime(time));
    this.#find("terrain-row").hidden = !this.#terrainLayer;
    this.#find("ground-row").hidden = !things.ground;
    this.#find("ground").checked = readView().isGround || !things.ground;
    if (things.camera) this.#find("fit-label").textContent = "Back to the saved view";
    this.#listDocuments();
    this.#startMap();
    this.#find("name").focus();
  }

  /** Take a renewed key. */
  renew(opened) {
    this.#opened = opened;
    describe(this.#root, opened);
  }

  remove() {
    this.#retries.stop();
    this.#times.stop();
    this.#tools?.close();
    this.#view.remove();
    this.#map?.remove();
    this.#root.remove();
  }

  /** Say something over the map; isPassing offers to try again. */
  notice(text, isPassing = false) {
    this.#find("notice-text").textContent = text;
    this.#find("retry").hidden = !isPassing;
    this.#find("notice").hidden = false;
  }

  reload() {
    this.#find("notice").hidden = true;
    this.#map?.reload();
  }

  get #terrainLayer() {
    return this.#things.layers.find(({ terrain }) => terrain);
  }

  #find(name) {
    return this.#root.querySelector(`[data-${name}]`);
  }

  #listen() {
    this.#find("toggle").addEventListener("click", () => this.#collapse(!this.#root.querySelector(".panel-body").hidden));
    this.#find("fit").addEventListener("click", () => this.#map?.fit());
    this.#find("retry").addEventListener("click", () => {
      this.#retries.reset();
      this.reload();
    });
    this.#find("terrain").addEventListener("change", ({ target }) => this.#raise(target));
    this.#find("ground").addEventListener("change", ({ target }) => this.#showGround(target.checked));
  }

  #collapse(isCollapsed) {
    this.#root.querySelector(".panel-body").hidden = isCollapsed;
    this.#find("toggle").setAttribute("aria-expanded", String(!isCollapsed));
    if (isCollapsed) {
      const height = this.#root.querySelector(".panel").offsetHeight;
      this.#root.style.setProperty("--sheet", `${height}px`);
    }
    this.#map?.keepMiddle();
  }

  #listDocuments() {
    const { documents } = this.#things;
    this.#find("documents").hidden = !documents.length;
    const sheet = new DocumentSheet(() => this.#opened);
    const buttons = documents.map((shared) => {
      const row = template("document-link");
      row.querySelector("[data-document-name]").textContent = shared.name;
      row.querySelector("[data-document-kind]").textContent = shared.kind === "directory" ? "folder" : shared.kind;
      row.querySelector("button").addEventListener("click", () => sheet.open(shared));
      return row;
    });
    this.#find("document-list").append(...buttons);
    this.#root.append(sheet.element);
  }

  async #startMap() {
    try {
      this.#map = new RasterMap(this.#root.querySelector("#map"), {
        ...this.#things,
        start: readView().camera,
        ...this.#callbacks(),
        onPointer: (place, zoom) => (this.#find("coordinates").textContent = place ? coordinates(place, zoom) : ""),
        onPick: (event) => this.#tools?.takesClicks || this.#pick(event),
        onMove: () => this.#view.settle(),
      });
      await this.#map.ready;
      if (!this.#find("ground").checked) this.#map.showGround(false);
      annotate(this.#map.canvas, this.#things.annotations);
      this.#tools = new MapTools(this.#forTools());
      this.#view.follow(() => this.#map.camera);
    } catch {
      this.notice("This browser cannot draw the map: WebGL is not available. The addresses in the panel work elsewhere.");
    }
    await Promise.all(this.#things.layers.map((layer, number) => layer.visible && this.#switchTo(number, layer.profile)));
  }

  #callbacks() {
    return { key: () => this.#opened.key, padding: () => this.#padding(), onFailure: (error) => this.#explain(error) };
  }

  /** What the tools of the map may ask for. */
  #forTools() {
    return {
      root: this.#root,
      map: this.#map,
      things: this.#things,
      key: () => this.#opened.key,
      padding: () => this.#padding(),
      words: () => this.#view.words(),
      notice: (text) => this.notice(text),
      load: (layer, profile) => this.#load(layer, profile.id, tilesize()),
      show: (number, as) => this.#show(number, as),
      another: (place, layer) => new RasterMap(place, { ...this.#things, ...this.#callbacks(), layers: [layer], isStill: true }),
    };
  }

  /** Somebody has changed the address by hand. */
  #restore({ camera, layers, time, isGround }) {
    if (camera) this.#map.lookAt(camera);
    this.#times.choose(time);
    if (this.#things.ground && isGround !== this.#find("ground").checked) {
      this.#find("ground").checked = isGround;
      this.#map.showGround(isGround);
    }
    if (!layers) return;
    const before = this.#things.layers.map(({ profile }) => profile);
    applyLayers(this.#things.layers, layers, this.#times.chosen);
    this.#things.layers.forEach((layer, number) => {
      const { visible, profile } = layer;
      layer.profile = before[number];
      this.#show(number, { visible, profile });
    });
  }

  /** Show a layer in a profile, or hide it, and have the panel say so. */
  #show(number, { visible, profile }) {
    const layer = this.#things.layers[number];
    const isOther = layer.profile !== profile;
    layer.profile = profile;
    this.#layers.tell(number, layer);
    this.#map.fade(number, layer.opacity);
    if (isOther) layer.isLoaded = false;
    this.#reveal(number, visible);
  }

  #fade(number, opacity) {
    this.#things.layers[number].opacity = opacity;
    this.#map?.fade(number, opacity);
    this.#view.settle();
  }

  async #switchTo(number, profile) {
    const layer = this.#things.layers[number];
    layer.profile = profile;
    const time = layer.time ?? null;
    const found = await this.#load(layer, profile.id, tilesize());
    if (!found || profile !== layer.profile || (layer.time ?? null) !== time) return;
    layer.isLoaded = true;
    this.#map?.show(number, found);
    this.#attributions.add(found.attribution, number);
    this.#snippets.tell(number, found);
    layer.isTimed = Boolean(found.datetimes?.length);
    this.#times.tell(found.datetimes);
    if (layer.isTimed && time !== this.#times.chosen) this.#showTime(this.#times.chosen); // an address asked for it
    if (layer.offers.includes("legend")) showLegend(this.#layers.legend(number), layer, this.#opened.key);
  }

  /** A click asks for the note of what was drawn there, or else for the values of what is shown there. */
  #pick(event) {
    const map = this.#map.canvas;
    const asked = this.#things.layers.filter(({ visible, offers }) => visible && offers.includes("statistics"));
    if (openNote(map, event) || showAttributes(map, event, this.#map.features)) return;
    if (asked.length) showValues(map, event.lngLat, asked, this.#opened.key);
  }

  #reveal(number, isVisible) {
    const layer = this.#things.layers[number];
    layer.visible = isVisible;
    this.#map?.reveal(number, isVisible);
    this.#view.settle();
    if (isVisible && !layer.isLoaded) this.#switchTo(number, layer.profile);
  }

  /** Show the layers that have times at one of them; null: at all. */
  #showTime(time) {
    this.#view.settle();
    this.#things.layers.forEach((layer, number) => {
      if (!layer.isTimed) return;
      Object.assign(layer, { time, isLoaded: false });
      if (layer.visible) this.#switchTo(number, layer.profile);
    });
  }

  #showGround(isShown) {
    this.#map?.showGround(isShown);
    this.#view.settle();
  }

  /** What is seen beside the layers. */
  #around() {
    return { time: this.#times.chosen, isGround: this.#find("ground").checked };
  }

  async #raise(toggle) {
    const layer = this.#terrainLayer;
    const found = toggle.checked ? await this.#load(layer, layer.terrain.id, 256) : null;
    this.#map?.raise(found && { ...found, minzoom: terrainMinzoom(found, layer) });
  }

  async #load(layer, profile, tilesize) {
    try {
      if (layer.profile.kind === "stored") return await loadLayer(this.#opened.key, layer, tilesize);
      return await tilejson(this.#opened.key, profile, tilesize, layer.id, layer.time);
    } catch (problem) {
      this.#react(problem);
      return null;
    }
  }

  /** Where the panel leaves room. */
  #padding() {
    const { offsetWidth, offsetHeight } = this.#root.querySelector(".panel");
    if (NARROW.matches) return { top: MARGIN, right: 24, bottom: offsetHeight + 48, left: 24 };
    return { top: MARGIN, right: 64, bottom: MARGIN, left: offsetWidth + 16 + MARGIN };
  }

  /** MapLibre gives the body of a failed request as a Blob. */
  async #explain(error) {
    if (error?.status === undefined) return;
    const text = (await error.body?.text().catch(() => "")) ?? "";
    this.#react(new Problem(error.status, text.startsWith("{") ? JSON.parse(text) : {}));
  }

  #react(problem) {
    if (["limit_reached", "budget_exhausted"].includes(problem.code)) this.notice(problem.message);
    else if (problem.status === 401 || problem.status === 410 || problem.status === 404) this.#onLockedOut(problem);
    else if (problem.status !== 503 || !this.#retries.later()) this.notice(problem.message, true);
  }
}

function tilesize() {
  return devicePixelRatio > 1 ? 512 : 256;
}

/** MapLibre takes heights from tiles up to two zooms further out than the picture's, which a link may not share. */
function terrainMinzoom({ minzoom }, layer) {
  return minzoom > layer.minzoom ? minzoom : Math.max(0, minzoom - 2);
}
