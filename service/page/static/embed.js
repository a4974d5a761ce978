// The bare page of a link in a frame of another web page. The key is in the fragment: it opens, and no cookie does.

import { annotate } from "./annotations.js";
import { Attributions } from "./attributions.js";
import { loadLayer } from "./datasets.js";
import { Problem, get } from "./gate.js";
import { showLegend } from "./legend.js";
import { RasterMap } from "./raster-map.js";
import { Retries } from "./retries.js";
import { thingsOf } from "./things.js";
import { applyLayers, readView } from "./view-hash.js";
import { coordinates } from "./words.js";

const NO_KEY = "The address of this map is not whole: its key is missing. Copy all of it, or the frame that came with it.";
const NO_MAP = "There is no map to show here.";
const MARGIN = 16; // pixels around the raster when all of it is shown

const find = (name) => document.querySelector(`[data-${name}]`);
const key = new URLSearchParams(location.hash.slice(1)).get("key");
const retries = new Retries(() => map?.reload());
const attributions = new Attributions(find("attribution"));
let map = null;

say("");
start().catch((problem) => say(problem.message));

async function start() {
  if (!key) return say(NO_KEY);
  const opened = await get("embed", key, { key_id: new URLSearchParams(location.search).get("key_id") });
  const things = await thingsOf(opened);
  if (!things.isMap) return say(NO_MAP);
  attributions.add(things.ground?.attribution, "ground");
  const { camera, layers, time, isGround } = readView();
  applyLayers(things.layers, layers, time);
  map = new RasterMap(document.querySelector("#map"), {
    ...things,
    start: camera,
    key: () => key,
    padding: () => ({ top: MARGIN, right: MARGIN, bottom: MARGIN, left: MARGIN }),
    onFailure: explain,
    onPointer: (place, zoom) => (find("coordinates").textContent = place ? coordinates(place, zoom) : ""),
    onPick: () => {},
    onMove: () => {},
  });
  map.canvas.addControl(new maplibregl.FullscreenControl(), "top-right");
  await map.ready;
  if (things.ground && !isGround) map.showGround(false);
  annotate(map.canvas, things.annotations);
  const shown = things.layers.map((layer, number) => ({ layer, number })).filter(({ layer }) => layer.visible);
  await Promise.all(shown.map(show));
}

async function show({ layer, number }) {
  const found = await loadLayer(key, layer, devicePixelRatio > 1 ? 512 : 256);
  map.show(number, found);
  attributions.add(found.attribution);
  const part = document.createElement("section");
  const [name, legend] = [document.createElement("h2"), document.createElement("div")];
  name.textContent = layer.name;
  legend.className = "legend";
  await showLegend(legend, layer, key);
  if (legend.hidden) return;
  part.append(name, legend);
  find("legends").append(part);
  find("legends").hidden = false;
}

/** MapLibre gives the body of a failed request as a Blob. */
async function explain(error) {
  if (error?.status === undefined) return;
  const text = (await error.body?.text().catch(() => "")) ?? "";
  const problem = new Problem(error.status, text.startsWith("{") ? JSON.parse(text) : {});
  if (problem.status !== 503 || !retries.later()) say(problem.message);
}

function say(text) {
  find("notice").textContent = text;
  find("notice").hidden = !text;
}
