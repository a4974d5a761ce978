// Where a map looks and what it shows, in the fragment of its address:
// `#view=zoom/lat/lng/bearing/pitch&layers=…&time=2026-06-01&ground=off`.

const OURS = ["view", "layers", "time", "ground"];
const TIME = /^[\d.:TZ+-]{4,40}(\/[\d.:TZ+-]{2,40})?$/; // an instant or an interval of RFC 3339
const SETTLED = 300; // milliseconds after which the address says what is seen: browsers allow few changes of it a second

/** Keeps the address and what is seen the same. */
export class LiveView {
  #layers;
  #usual; // the layers as the link shows them by itself
  #camera = null; // a function, once there is a map
  #around; // a function: the time that is shown, and whether the base map is
  #restore;
  #timer = 0;

  /**
   * layers: they become as the address says. around: returns {time, isGround}, as seen. restore(what `readView` returns):
   * somebody has changed it by hand.
   */
  constructor(layers, around, restore) {
    this.#layers = layers;
    this.#usual = layerWords(layers);
    this.#around = around;
    this.#restore = () => restore(readView());
    const { layers: asked, time } = readView();
    applyLayers(layers, asked, time);
  }

  /** Begin: camera() tells where the map looks. */
  follow(camera) {
    this.#camera = camera;
    addEventListener("hashchange", this.#restore);
  }

  words() {
    return viewWords(this.#camera(), this.#layers, this.#usual) + aroundWords(this.#around());
  }

  /** Something of it has changed, and may go on to. */
  settle() {
    clearTimeout(this.#timer);
    if (this.#camera) this.#timer = setTimeout(() => writeView(this.words()), SETTLED);
  }

  remove() {
    clearTimeout(this.#timer);
    removeEventListener("hashchange", this.#restore);
  }
}

/**
 * What the address says: {camera, layers, time, isGround}; null for what it does not say. Layers: a map from id to
 * {profile, opacity}.
 */
export function readView(fragment = location.hash) {
  const said = parts(fragment);
  const [camera, layers, time] = [cameraOf(said.get("view")), layersOf(said.get("layers")), timeOf(said.get("time"))];
  return { camera, layers, time, isGround: said.get("ground") !== "off" };
}

/** Have layers be as an address says; those that it does not name are hidden. `time`: of collections. */
export function applyLayers(layers, asked, time = null) {
  for (const layer of layers) if (layer.kind === "collection") layer.time = time;
  if (!asked) return;
  for (const layer of layers) {
    const { profile, opacity } = asked.get(layer.id ?? "") ?? {};
    layer.visible = asked.has(layer.id ?? "");
    layer.profile = layer.choices.find(({ id }) => id === profile) ?? layer.profile;
    layer.opacity = opacity ?? layer.opacity;
  }
}

/** The words for a view; the layers are left out where they are as the link shows them by itself. */
function viewWords({ center: [lng, lat], zoom, bearing, pitch }, layers, usual) {
  const digits = Math.max(1, Math.min(6, Math.ceil(zoom / 3) + 1));
  const numbers = [zoom.toFixed(2), lat.toFixed(digits), (((lng + 540) % 360) - 180).toFixed(digits)];
  if (bearing || pitch) numbers.push(bearing.toFixed(1), pitch.toFixed(1));
  const shown = layerWords(layers);
  return `view=${numbers.join("/")}${shown === usual ? "" : `&layers=${shown}`}`;
}

/** A time is left out where all are shown, and so is a base map that is drawn. */
function aroundWords({ time, isGround }) {
  return `${time ? `&time=${encodeURIComponent(time)}` : ""}${isGround ? "" : "&ground=off"}`;
}

function layerWords(layers) {
  const shown = layers.filter(({ visible }) => visible);
  return shown.map(({ id, profile, opacity }) => [id ?? "", profile.id, Math.round(opacity * 100)].map(encodeURIComponent).join(":")).join(",");
}

/** The address to pass on: the page and the view, and nothing else of what the address holds; a key never. */
export function viewAddress(words) {
  return `${location.origin}${location.pathname}#${words}`;
}

/** Have the address bar say the view; what else stands in the fragment stays there. */
function writeView(words) {
  const others = [...parts(location.hash).entries()].filter(([name]) => !OURS.includes(name));
  const kept = others.map(([name, value]) => `${name}=${value}&`).join("");
  history.replaceState(history.state, "", `#${kept}${words}`);
}

function parts(fragment) {
  const pairs = fragment.replace(/^#/, "").split("&").filter(Boolean).map((pair) => {
    const [name, ...rest] = pair.split("=");
    return [name, rest.join("=")];
  });
  return new Map(pairs);
}

function cameraOf(text) {
  const [zoom, lat, lng, bearing = 0, pitch = 0] = (text ?? "").split("/").map(Number);
  const isPlace = Math.abs(lat) <= 90 && Math.abs(lng) <= 180 && zoom >= 0 && zoom <= 24;
  if (!isPlace || !Number.isFinite(bearing) || !(pitch >= 0 && pitch <= 85)) return null;
  return { center: [lng, lat], zoom, bearing, pitch };
}

function timeOf(text) {
  try {
    const time = decodeURIComponent(text ?? "");
    return TIME.test(time) ? time : null;
  } catch {
    return null; // no address of ours
  }
}

function layersOf(text) {
  if (text === undefined) return null;
  try {
    const layers = text.split(",").map((layer) => layer.split(":").map(decodeURIComponent));
    return new Map(layers.map(([id, profile, opacity]) => [id, { profile, opacity: share(opacity) }]));
  } catch {
    return null; // no address of ours
  }
}

function share(text) {
  const value = Number(text || NaN) / 100;
  return value >= 0 && value <= 1 ? value : undefined;
}
