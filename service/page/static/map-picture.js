// The map as a PNG file, with what a reader needs beside it: name, legend, scale, whose it is.

import { length } from "./geodesic.js";
import { MOST_CLASSES, isShown, legendOf } from "./legend.js";
import { roundLength, usualSystem } from "./units.js";
import { number } from "./words.js";

const FONT = 'system-ui, "Segoe UI", Roboto, sans-serif';
const [PAPER, INK, SOFT, LINE] = ["#ffffff", "#182023", "#556065", "#868f8a"];
const MARGIN = 16; // CSS pixels, as all below
const ROW = 20;
const LEGEND = 220;
const SCALE = 140;

/** Save what a viewer shows. over: {map, share, layer} of the map that lies over it from there on, or null. Throws Error. */
export async function savePicture({ root, map, things, key }, over) {
  const pixels = await painted(map.canvas);
  const upper = over ? await painted(over.map.canvas) : null;
  const shown = [...things.layers.filter(({ visible }) => visible), ...(over ? [over.layer] : [])];
  const legends = await Promise.all(shown.map(async (layer) => ({ layer, legend: await legendOf(layer, key()) })));
  const view = { width: map.canvas.getContainer().clientWidth, height: map.canvas.getContainer().clientHeight };
  const canvas = document.createElement("canvas");
  const sheet = new Sheet(canvas, view, pixels.width / view.width);
  sheet.layOut(legends.filter(({ legend }) => isShown(legend)));
  sheet.map(pixels, upper, over?.share);
  sheet.foot({
    title: root.querySelector("[data-name]")?.textContent ?? "",
    attribution: root.querySelector("[data-attribution]")?.textContent ?? "",
    scale: scaleOf(map.canvas),
  });
  download(await blobOf(canvas), things);
}

/** The pixels of a map: they are there for as long as it takes to draw them. */
function painted(map) {
  return new Promise((resolve) => {
    map.once("render", () => {
      const copy = document.createElement("canvas");
      [copy.width, copy.height] = [map.getCanvas().width, map.getCanvas().height];
      copy.getContext("2d").drawImage(map.getCanvas(), 0, 0);
      resolve(copy);
    });
    map.triggerRepaint();
  });
}

/** A bar of round length, for the middle of the map; none where it is tilted, and each place has another scale. */
function scaleOf(map) {
  if (map.getPitch() > 0) return null;
  const { x, y } = map.project(map.getCenter());
  const places = [map.unproject([x - SCALE / 2, y]), map.unproject([x + SCALE / 2, y])];
  const metres = length(places.map((place) => place.toArray()));
  const { metres: round, text } = roundLength(metres, usualSystem());
  return { text, width: (SCALE * round) / metres };
}

class Sheet {
  #canvas;
  #pen;
  #view;
  #ratio;
  #legends = [];

  constructor(canvas, view, ratio) {
    this.#canvas = canvas;
    this.#view = view;
    this.#ratio = ratio;
  }

  /** Make room below the map for legends, one beside the other. */
  layOut(legends) {
    const columns = Math.max(1, Math.floor((this.#view.width - MARGIN) / (LEGEND + MARGIN)));
    let top = this.#view.height + 2 * MARGIN + ROW;
    for (let first = 0; first < legends.length; first += columns) {
      const row = legends.slice(first, first + columns);
      row.forEach((each, index) => this.#legends.push({ ...each, top, left: MARGIN + index * (LEGEND + MARGIN) }));
      top += Math.max(...row.map(({ legend }) => heightOf(legend))) + MARGIN;
    }
    this.#canvas.width = Math.round(this.#view.width * this.#ratio);
    this.#canvas.height = Math.round((top + ROW + MARGIN) * this.#ratio);
    this.#pen = this.#canvas.getContext("2d");
    this.#pen.scale(this.#ratio, this.#ratio);
    this.#pen.fillStyle = PAPER;
    this.#pen.fillRect(0, 0, this.#canvas.width, this.#canvas.height);
    this.#pen.textBaseline = "middle";
  }

  map(pixels, upper, share) {
    const { width, height } = this.#view;
    this.#pen.drawImage(pixels, 0, 0, width, height);
    if (!upper) return;
    const left = width * share;
    this.#pen.save();
    this.#pen.beginPath();
    this.#pen.rect(left, 0, width - left, height);
    this.#pen.clip();
    this.#pen.drawImage(upper, 0, 0, width, height);
    this.#pen.restore();
    this.#pen.fillStyle = PAPER;
    this.#pen.fillRect(left - 1, 0, 2, height);
  }

  foot({ title, attribution, scale }) {
    const { width, height } = this.#view;
    const top = height + MARGIN + ROW / 2;
    this.#text(title, MARGIN, top, INK, 600, 15, width - 3 * MARGIN - (scale ? SCALE : 0));
    if (scale) this.#scale(scale, width - MARGIN, top);
    for (const each of this.#legends) this.#legend(each);
    const bottom = this.#canvas.height / this.#ratio - MARGIN - ROW / 2;
    const day = new Date().toISOString().slice(0, 10);
    this.#text([attribution, `Shared with Tilegate, ${day}`].filter(Boolean).join(" · "), MARGIN, bottom, SOFT, 400, 11, width - 2 * MARGIN);
  }

  #scale({ text, width }, right, middle) {
    this.#pen.strokeStyle = INK;
    this.#pen.lineWidth = 1.5;
    this.#pen.beginPath();
    this.#pen.moveTo(right - width, middle + 2);
    this.#pen.lineTo(right - width, middle + 8);
    this.#pen.lineTo(right, middle + 8);
    this.#pen.lineTo(right, middle + 2);
    this.#pen.stroke();
    this.#pen.textAlign = "right";
    this.#text(text, right, middle - 5, INK, 400, 12, SCALE);
    this.#pen.textAlign = "left";
  }

  #legend({ layer, legend, top, left }) {
    const name = layer.choices.length > 1 ? `${layer.name} · ${layer.profile.label}` : layer.name;
    this.#text(name, left, top + ROW / 2, INK, 600, 12, LEGEND);
    if (legend.kind === "ramp") this.#ramp(legend, left, top + ROW);
    else legend.entries.slice(0, MOST_CLASSES).forEach((entry, index) => this.#entry(entry, left, top + ROW * (index + 1)));
  }

  #ramp({ colors, low, high, unit }, left, top) {
    const gradient = this.#pen.createLinearGradient(left, 0, left + LEGEND, 0);
    colors.forEach((color, index) => gradient.addColorStop(colors.length > 1 ? index / (colors.length - 1) : 0, color));
    this.#pen.fillStyle = gradient;
    this.#pen.fillRect(left, top, LEGEND, 12);
    this.#text(number(low), left, top + 12 + ROW / 2, SOFT, 400, 12, LEGEND / 2);
    this.#pen.textAlign = "right";
    this.#text([number(high), unit].filter(Boolean).join(" "), left + LEGEND, top + 12 + ROW / 2, SOFT, 400, 12, LEGEND / 2);
    this.#pen.textAlign = "left";
  }

  #entry({ label, color }, left, top) {
    this.#pen.fillStyle = color;
    this.#pen.fillRect(left, top + 3, 14, 14);
    this.#pen.strokeStyle = LINE;
    this.#pen.lineWidth = 0.5;
    this.#pen.strokeRect(left, top + 3, 14, 14);
    this.#text(label, left + 22, top + ROW / 2, SOFT, 400, 12, LEGEND - 22);
  }

  #text(text, x, y, color, weight, size, room) {
    this.#pen.font = `${weight} ${size}px ${FONT}`;
    this.#pen.fillStyle = color;
    this.#pen.fillText(text, x, y, room);
  }
}

function heightOf({ kind, entries }) {
  return ROW + (kind === "ramp" ? 12 + ROW : Math.min(MOST_CLASSES, entries.length) * ROW);
}

function blobOf(canvas) {
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("The canvas gave no picture."))), "image/png");
  });
}

function download(blob, { layers }) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `${(layers[0]?.name ?? "map").replace(/[^\p{L}\p{N}._-]+/gu, "-").slice(0, 80) || "map"}.png`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
