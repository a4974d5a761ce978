// The values of what is shown at a place, in a popup.

import { template } from "./elements.js";
import { get, picked } from "./gate.js";
import { coordinates, number } from "./words.js";

const MOST_LAYERS = 4;
const MOST_VALUES = 12;

/** Ask for the values of some layers at a place, and show them there. */
export function showValues(map, place, layers, key) {
  const { lng, lat } = place.wrap();
  const element = template("values");
  element.querySelector("[data-place]").textContent = coordinates(place, map.getZoom());
  new maplibregl.Popup({ maxWidth: "18rem" }).setLngLat(place).setDOMContent(element).addTo(map);
  const said = element.querySelector("[data-said]");
  const asked = layers.slice(0, MOST_LAYERS).map(async ({ id, name, time }) => {
    const { values } = await get(`point/${lng.toFixed(7)},${lat.toFixed(7)}`, key, picked(id, time));
    return { name, values: (values ?? []).slice(0, MOST_VALUES) };
  });
  Promise.allSettled(asked).then((answers) => {
    const found = answers.filter(({ value }) => value?.values.length).map(({ value }) => value);
    element.querySelector("[data-rows]").append(...found.flatMap((layer) => rows(layer, layers.length > 1)));
    const problem = answers.find(({ reason }) => reason)?.reason;
    said.textContent = found.length ? "" : problem?.message ?? "There is no data here.";
  });
}

function rows({ name, values }, isNamed) {
  const head = isNamed ? [row(name, "", "head")] : [];
  const lines = values.map(({ name: band, description, unit, value, label }) => {
    const text = value === null ? "no data" : label ?? [number(value), unit].filter(Boolean).join(" ");
    return row(description || (values.length === 1 ? "Value" : band), text, "");
  });
  return [...head, ...lines];
}

function row(title, text, className) {
  const line = document.createElement("tr");
  const [head, cell] = [document.createElement("th"), document.createElement("td")];
  line.className = className;
  head.scope = "row";
  head.textContent = title;
  cell.textContent = text;
  line.append(head, cell);
  return line;
}
