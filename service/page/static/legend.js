// What the colours of a layer mean.

import { get, picked } from "./gate.js";
import { number } from "./words.js";

const MOST_CLASSES = 64;

/** Fill an element with the legend of a layer; hide it where there is nothing to say. */
export async function showLegend(place, layer, key) {
  const { id, profile } = layer;
  const legend = await get("legend.json", key, { profile: profile.id, ...picked(id) }).catch(() => null);
  if (profile !== layer.profile) return; // another one was chosen meanwhile
  const parts = legend ? partsOf(legend) : [];
  place.replaceChildren(...parts);
  place.hidden = !parts.length;
}

function partsOf({ kind, unit, low, high, colors, entries }) {
  if (kind === "ramp" && low !== null && colors.length) return ramp(colors, number(low), number(high), unit);
  if ((kind === "classes" || kind === "bands") && entries.length) return [list(entries)];
  return [];
}

function ramp(colors, low, high, unit) {
  const bar = element("div", "ramp");
  bar.style.backgroundImage = `linear-gradient(to right, ${colors.join(", ")})`;
  const ends = element("p", "ends");
  ends.append(element("span", "", low), element("span", "", unit ? `${high} ${unit}` : high));
  return [bar, ends];
}

function list(entries) {
  const classes = element("ul", "classes");
  for (const { label, color } of entries.slice(0, MOST_CLASSES)) {
    const entry = element("li", "");
    const swatch = element("span", "swatch");
    swatch.style.backgroundColor = color;
    entry.append(swatch, label);
    classes.append(entry);
  }
  return classes;
}

function element(name, className, text = "") {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}
