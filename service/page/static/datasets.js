// Archives of tiles and GeoJSON: what a map draws of them, and what a click on a feature tells.

import { template } from "./elements.js";
import { get, picked, tilejson } from "./gate.js";
import { coordinates } from "./words.js";

const MOST_ATTRIBUTES = 40;
const LONGEST_VALUE = 300;

/** In place of a profile: there is one way to show them. */
export const AS_IT_IS = { id: "", label: "As it is", kind: "stored", is_default: true, bands: [], rescale: [] };

/** Whether a map shows a target that has no profiles. */
export function isDataset({ bounds, offers }) {
  return Boolean(bounds) && !offers.includes("statistics") && (offers.includes("tiles") || offers.includes("features"));
}

/**
 * Return what a map shows of a layer: its TileJSON, and `drawn`, {source, layers} of a style, where it has features.
 * Throws Problem.
 */
export async function loadLayer(key, { id, profile, offers, bounds, time }, tilesize) {
  if (profile.kind !== "stored") return tilejson(key, profile.id, tilesize, id, time);
  const style = await get("style.json", key, picked(id));
  const source = style.sources.tilegate;
  if (offers.includes("features")) return { bounds, attribution: source.attribution, drawn: { source, layers: style.layers } };
  const found = await get("tilejson.json", key, picked(id));
  if (source.type === "vector") found.drawn = { source, layers: style.layers };
  return found;
}

/** The layers of MapLibre's that show a source, faded by an opacity. */
export function layersOf(id, { drawn }, { opacity, visible }) {
  const layout = { visibility: visible ? "visible" : "none" };
  return drawn.layers.map((layer, number) => ({
    ...layer,
    id: `${id}-${number}`,
    source: id,
    layout,
    paint: { ...layer.paint, ...faded(layer, opacity) },
  }));
}

/** How a layer is painted that is faded by an opacity. */
export function faded({ type, paint }, opacity) {
  const name = `${type}-opacity`;
  return { [name]: (paint[name] ?? 1) * opacity };
}

/** Show the attributes of the features under a click, if there are any; return whether there are. */
export function showAttributes(map, event, layers) {
  if (!layers.length) return false;
  const found = map.queryRenderedFeatures(event.point, { layers })[0];
  const attributes = Object.entries(found?.properties ?? {}).slice(0, MOST_ATTRIBUTES);
  if (!attributes.length) return false;
  const element = template("values");
  element.querySelector("[data-place]").textContent = coordinates(event.lngLat, map.getZoom());
  element.querySelector("[data-rows]").append(...attributes.map(row));
  element.querySelector("[data-said]").textContent = "";
  new maplibregl.Popup({ maxWidth: "20rem" }).setLngLat(event.lngLat).setDOMContent(element).addTo(map);
  return true;
}

function row([name, value]) {
  const line = document.createElement("tr");
  const [head, cell] = [document.createElement("th"), document.createElement("td")];
  head.scope = "row";
  head.textContent = name.slice(0, LONGEST_VALUE);
  cell.textContent = String(value ?? "").slice(0, LONGEST_VALUE);
  line.append(head, cell);
  return line;
}
