// The map: layers of rasters over a graticule, each from a TileJSON.

import { faded, layersOf } from "./datasets.js";
import { request } from "./gate.js";
import { graticule } from "./graticule.js";
import { DARK, coloursOfNow, groundLayers, style } from "./ground.js";

const OVERZOOM = 4;
const WORLD = [-180, -60, 180, 75];
const REDUCED_MOTION = matchMedia("(prefers-reduced-motion: reduce)");

export class RasterMap {
  #map;
  #bounds;
  #camera;
  #padding;
  #basemap;
  #ground; // a base map, or null
  #isGround; // whether a base map is drawn, in place of lines
  #layers; // what is known of each layer: {raster, opacity, visible}
  #serial = 0;

  /**
   * layers: [{opacity, visible, bounds}], the first one on top. camera: {center, zoom, bearing, pitch}, or null to show bounds.
   * start: a camera to begin with, from which `fit` leads back to that. isStill: no controls, it moves with another map.
   * key and padding are functions, asked whenever needed; onFailure gets the error of a tile. Throws without WebGL.
   */
  constructor(container, { bounds, camera, start, basemap, ground, zooms, layers, isStill, key, padding, onFailure, onPointer, onPick, onMove }) {
    this.#bounds = bounds ?? WORLD;
    this.#camera = camera;
    this.#padding = padding;
    this.#basemap = basemap;
    this.#ground = ground ?? null;
    this.#isGround = Boolean(ground);
    this.#layers = layers.map(({ opacity, visible }) => ({ raster: null, opacity, visible }));
    const view = camera ?? { bounds: this.#bounds, fitBoundsOptions: { padding: padding() } };
    this.#map = new maplibregl.Map({
      container,
      ...view,
      style: style(layers, basemap, ground),
      attributionControl: false,
      interactive: !isStill,
      maxPitch: 85,
      transformRequest: (url) => (url.startsWith("blob:") ? { url } : request(url, key())),
    });
    if (camera) this.#map.jumpTo({ ...camera, padding: padding() }); // its middle is that of what the panel leaves
    this.#limit(zooms);
    if (!camera) this.#begin(layers);
    if (start) this.lookAt(start);
    this.keepMiddle();
    this.#map.on("moveend", () => this.#drawGraticule());
    this.#map.on("error", ({ error, sourceId }) => sourceId === "ground" || onFailure(error)); // that may be missing
    if (!isStill) this.#listen(onPointer, onPick, onMove);
    DARK.addEventListener("change", this.#paint);
    this.ready = new Promise((resolve) => this.#map.once("load", resolve)).then(() => this.#drawGraticule());
  }

  /** MapLibre's own map, for what is drawn over the rasters. */
  get canvas() {
    return this.#map;
  }

  /** Where it looks: {center, zoom, bearing, pitch}; the centre is that of what the panel leaves. */
  get camera() {
    const { top = 0, right = 0, bottom = 0, left = 0 } = this.#padding();
    const { clientWidth, clientHeight } = this.#map.getContainer();
    const middle = [(left + clientWidth - right) / 2, (top + clientHeight - bottom) / 2];
    const [zoom, bearing, pitch] = [this.#map.getZoom(), this.#map.getBearing(), this.#map.getPitch()];
    return { center: this.#map.unproject(middle).toArray(), zoom, bearing, pitch };
  }

  /** Look at what a camera does, at once. */
  lookAt(camera) {
    this.#map.jumpTo({ ...camera, padding: this.#padding() });
  }

  /** Zoom and turn around the middle of what the panel leaves, wherever that is now: what is seen stays in its place. */
  keepMiddle() {
    this.#map.jumpTo({ ...this.camera, padding: this.#padding() });
  }

  /** Look exactly as another map does. */
  lookAs(map) {
    const [zoom, bearing, pitch, padding] = [map.getZoom(), map.getBearing(), map.getPitch(), map.getPadding()];
    this.#map.jumpTo({ center: map.getCenter(), zoom, bearing, pitch, padding });
  }

  /** Show a profile of a layer; what was there before stays until the new one is painted. */
  show(number, tilejson) {
    const layer = this.#layers[number];
    const id = `raster-${++this.#serial}`;
    const old = layer.raster;
    if (tilejson.drawn) return this.#draw(number, id, tilejson);
    this.#map.addSource(id, { ...source(tilejson), type: "raster" });
    const layout = { visibility: layer.visible ? "visible" : "none" };
    this.#map.addLayer({ id, type: "raster", source: id, layout, paint: rasterPaint(layer) }, `over-${number}`);
    layer.raster = id;
    if (old) this.#removeWhenPainted(layer, old);
  }

  /** Load all tiles again, for instance after some failed. */
  reload() {
    for (const { raster, drawn } of this.#layers) {
      const shown = raster && this.#map.getSource(raster);
      if (shown?.setTiles) shown.setTiles(shown.tiles);
      else shown?.setData(drawn.source.data);
    }
  }

  /** The names of MapLibre's layers that show features. */
  get features() {
    return this.#layers.filter(({ visible }) => visible).flatMap(({ parts }) => parts ?? []);
  }

  fade(number, opacity) {
    const layer = this.#layers[number];
    layer.opacity = opacity;
    if (layer.parts) this.#fadeParts(layer);
    else if (layer.raster) this.#map.setPaintProperty(layer.raster, "raster-opacity", opacity);
  }

  /** Hide a layer, or show it again: a hidden one loads no tiles, so costs nothing. */
  reveal(number, isVisible) {
    const layer = this.#layers[number];
    layer.visible = isVisible;
    const shown = layer.parts ?? (layer.raster ? [layer.raster] : []);
    for (const id of shown) this.#map.setLayoutProperty(id, "visibility", isVisible ? "visible" : "none");
  }

  /** Draw the base map, or lines in its place. */
  showGround(isShown) {
    this.#isGround = isShown;
    for (const { id } of groundLayers(this.#ground)) this.#map.setLayoutProperty(id, "visibility", isShown ? "visible" : "none");
    this.#map.setLayoutProperty("graticule", "visibility", isShown ? "none" : "visible");
    this.#drawGraticule();
  }

  /** Raise the ground by a terrain-rgb TileJSON, or lay it flat with null. */
  raise(tilejson) {
    if (tilejson && !this.#map.getSource("terrain")) {
      this.#map.addSource("terrain", { ...source(tilejson), type: "raster-dem", encoding: "mapbox" });
    }
    this.#map.setTerrain(tilejson ? { source: "terrain", exaggeration: 1.5 } : null);
    this.#map.easeTo({ pitch: tilejson ? 60 : 0, bearing: tilejson ? -20 : 0, animate: !REDUCED_MOTION.matches });
  }

  /** Go back to where the map began. */
  fit() {
    const animate = !REDUCED_MOTION.matches;
    if (this.#camera) this.#map.easeTo({ ...this.#camera, padding: this.#padding(), animate });
    else this.fitTo(this.#bounds);
  }

  /** Show a box, as large as the panel lets it be. */
  fitTo(bounds) {
    this.keepMiddle(); // then MapLibre leaves room for the panel by itself
    this.#map.fitBounds(bounds, { animate: !REDUCED_MOTION.matches });
  }

  remove() {
    DARK.removeEventListener("change", this.#paint);
    this.#map.remove();
  }

  /** Show features, once: they have no other profile. */
  #draw(number, id, { drawn }) {
    const layer = this.#layers[number];
    if (layer.raster) return;
    this.#map.addSource(id, drawn.source);
    const parts = layersOf(id, { drawn }, layer);
    for (const part of parts) this.#map.addLayer(part, `over-${number}`);
    Object.assign(layer, { raster: id, drawn, parts: parts.map((part) => part.id) });
  }

  #fadeParts({ parts, drawn, opacity }) {
    drawn.layers.forEach((layer, number) => {
      for (const [name, value] of Object.entries(faded(layer, opacity))) this.#map.setPaintProperty(parts[number], name, value);
    });
  }

  #listen(onPointer, onPick, onMove) {
    this.#map.addControl(new maplibregl.NavigationControl({ visualizePitch: true }), "top-right");
    this.#map.addControl(new maplibregl.ScaleControl(), "bottom-right");
    this.#map.on("mousemove", ({ lngLat }) => onPointer(lngLat, this.#map.getZoom()));
    this.#map.on("mouseout", () => onPointer(null));
    this.#map.on("click", (event) => onPick(event));
    this.#map.on("moveend", () => onMove());
    this.#map.on("resize", () => this.keepMiddle());
  }

  /** Further out than `lowest` there are no tiles; a saved camera may be. */
  #limit({ minzoom, maxzoom }) {
    const lowest = Math.min(minzoom - 1, this.#camera?.zoom ?? Infinity);
    this.#map.setMinZoom(Math.max(0, lowest));
    this.#map.setMaxZoom(Math.min(24, Math.max(maxzoom + OVERZOOM, this.#camera?.zoom ?? 0)));
  }

  /** Layers that lie too far apart to be seen together are begun with the first one. */
  #begin(layers) {
    const all = this.#map.cameraForBounds(this.#bounds, { padding: this.#padding() });
    const first = layers.find(({ visible }) => visible) ?? layers[0];
    if (!first || !all || all.zoom >= this.#map.getMinZoom()) return;
    this.#bounds = first.bounds;
    this.#map.fitBounds(first.bounds, { padding: this.#padding(), animate: false });
  }

  #removeWhenPainted(layer, old) {
    const id = layer.raster;
    const check = () => {
      if (layer.visible && !this.#map.isSourceLoaded(id) && layer.raster === id) return;
      this.#map.off("render", check);
      this.#map.removeLayer(old);
      this.#map.removeSource(old);
    };
    this.#map.on("render", check);
    this.#map.triggerRepaint();
  }

  #drawGraticule() {
    if (this.#basemap === "none" || this.#isGround) return;
    this.#map.getSource("graticule").setData(graticule(this.#map.getBounds(), this.#map.getZoom()));
  }

  #paint = () => {
    const colours = coloursOfNow();
    this.#map.setPaintProperty("land", "background-color", colours.land);
    this.#map.setPaintProperty("graticule", "line-color", colours.lines);
    this.#map.setPaintProperty("frame", "line-color", colours.frame);
    for (const { id, paint } of groundLayers(this.#ground)) {
      for (const [name, value] of Object.entries(paint)) this.#map.setPaintProperty(id, name, value);
    }
  };
}

function rasterPaint({ opacity }) {
  const fade = REDUCED_MOTION.matches ? 0 : 200;
  return { "raster-opacity": opacity, "raster-fade-duration": fade, "raster-resampling": "linear" };
}

/** A tile of 512 pixels is drawn as large as one of 256, but sharper; one of an archive as large as it says. */
function source({ tiles, minzoom, maxzoom, bounds, format, tileSize }) {
  return { tiles, minzoom, maxzoom, bounds, tileSize: format ? tileSize : 256 };
}
