// What a link shares, as the page shows it: layers on a map, and documents beside it.

import { AS_IT_IS, isDataset } from "./datasets.js";
import { content } from "./gate.js";

const OF_A_RASTER = ["legend", "statistics", "wmts", "qgis"]; // what can be asked for of every one
const DOCUMENTS = new Set(["text", "image", "file", "directory"]);

/**
 * Return {layers, documents, camera, basemap, ground, annotations, bounds, zooms}, the first layer on top.
 * A layer's id, and a document's, is what `item` picks it by; null for what the link shares by itself. Throws Problem.
 */
export async function thingsOf(opened) {
  const isBundle = opened.targets?.length > 1;
  const targets = (isBundle ? opened.targets : [{ id: null, ...mainTarget(opened) }]).map(withOffers);
  const parts = await Promise.all(targets.map((target) => partOf(opened, target)));
  const layers = parts.flatMap((part) => part?.layers ?? []);
  const saved = parts.find((part) => part?.isSaved) ?? {};
  const isMap = layers.length > 0 || Boolean(saved.isSaved);
  const documents = isBundle ? documentsOfBundle(opened, targets) : targets.filter((target) => !isMap || hasFiles(target)).map(asDocument);
  return {
    layers,
    documents: isMap || documents.length ? documents : targets,
    camera: saved.camera ?? null,
    basemap: saved.basemap ?? "graticule",
    ground: saved.basemap === "none" ? null : (opened.basemap ?? null),
    annotations: saved.annotations ?? null,
    bounds: opened.bounds ?? saved.bounds ?? around(layers),
    zooms: zoomsOf(layers),
    isMap,
  };
}

function mainTarget({ target, bounds, profiles, name, urls }) {
  return { ...target, name: target.name || name, bounds, profiles, urls };
}

/** Keep what can be asked for of a target, without the addresses: they hold keys, and change. */
function withOffers({ urls, ...target }) {
  return { ...target, offers: Object.keys(urls) };
}

function isRaster({ bounds, profiles }) {
  return Boolean(bounds && profiles?.length);
}

/** Whether the files that it is made of may be downloaded. */
export function hasFiles({ offers }) {
  return offers.includes("archive");
}

/** What is on the map is a document, too, where its files may be downloaded. */
function asDocument(target) {
  if (DOCUMENTS.has(target.kind)) return target;
  return { ...target, kind: target.kind === "collection" ? "directory" : "file" };
}

/** The files of a bundle are one tree; what can be looked at stands beside it. */
function documentsOfBundle({ urls, permission }, targets) {
  const looked = targets.filter(({ kind }) => kind === "text" || kind === "image");
  const isListed = urls.files && (permission !== "view" || targets.some(({ kind }) => kind === "file" || kind === "directory"));
  const tree = { id: null, name: "All files", kind: "directory", isTree: true, offers: Object.keys(urls) };
  return [...looked.map((target) => ({ ...target, offers: ["content"] })), ...(isListed ? [tree] : [])];
}

async function partOf(opened, target) {
  if (target.kind === "map") return savedMap(await content(opened.key, target.id));
  if (isDataset(target)) target = { ...target, profiles: [AS_IT_IS] };
  if (!isRaster(target)) return null;
  return { layers: [layerOf(target, { opacity: 1, visible: true })] };
}

function savedMap({ map }) {
  const layers = map.layers.map((layer) => layerOf({ ...layer, offers: OF_A_RASTER }, layer));
  return { ...map, layers, isSaved: true };
}

/** The terrain encodings are for machines: a person chooses among the pictures, where there are some. */
function layerOf({ id, name, kind, profiles, bounds, minzoom, maxzoom, offers }, { profile, opacity, visible }) {
  const pictures = profiles.filter((each) => each.kind !== "terrain");
  const choices = pictures.length ? pictures : profiles;
  const shown = choices.find((each) => each.id === profile) ?? choices.find((each) => each.is_default) ?? choices[0];
  const terrain = pictures.length ? profiles.find((each) => each.id === "terrain-rgb") : null;
  return { id, name, kind, choices, profile: shown, terrain: terrain ?? null, opacity, visible, bounds, minzoom, maxzoom, offers };
}

function zoomsOf(layers) {
  if (!layers.length) return { minzoom: 0, maxzoom: 20 };
  return { minzoom: Math.min(...layers.map(({ minzoom }) => minzoom)), maxzoom: Math.max(...layers.map(({ maxzoom }) => maxzoom)) };
}

function around(layers) {
  if (!layers.length) return null;
  const sides = layers.map(({ bounds }) => bounds);
  const side = (index, pick) => pick(...sides.map((bounds) => bounds[index]));
  return [side(0, Math.min), side(1, Math.min), side(2, Math.max), side(3, Math.max)];
}
