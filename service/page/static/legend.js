// What the colours of a layer mean.

import { get, picked } from "./gate.js";
import { number } from "./words.js";

export const MOST_CLASSES = 64;

/** Fill an element with the legend of a layer; hide it where there is nothing to say. */
export async function showLegend(place, layer, key) {
  const { profile } = layer;
  const legend = await legendOf(layer, key);
  if (profile !== layer.profile) return; // another one was chosen meanwhile
  const parts = isShown(legend) ? partsOf(legend) : [];
  place.replaceChildren(...parts);
  place.hidden = !parts.length;
}

/** What the service says of the colours of a layer, as it is shown; null where it says nothing. */
export function legendOf({ id, profile, offers }, key) {
  if (!offers.includes("legend")) return Promise.resolve(null);
  return get("legend.json", key, { profile: profile.id, ...picked(id) }).catch(() => null);
}

/** Whether a legend has something to show. */
export function isShown(legend) {
  if (legend?.kind === "ramp") return legend.low !== null && legend.colors.length > 0;
  return (legend?.kind === "classes" || legend?.kind === "bands") && legend.entries.length > 0;
}

function partsOf({ kind, unit, low, high, colors, entries }) {
  return kind === "ramp" ? ramp(colors, number(low), number(high), unit) : [list(entries)];
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
