// Lengths and areas in the units that a person reads.

const FOOT = 0.3048;
const MILE = 1609.344;
const NAUTICAL_MILE = 1852;
const ACRE = 4046.8564224;
const KEPT = "tilegate-units";
const OF_MILES = new Set(["US", "GB", "LR", "MM"]);

// [smallest value that is said so, size, name], largest first
const LENGTHS = {
  metric: [[1000, 1000, "km"], [0, 1, "m"]],
  imperial: [[MILE / 4, MILE, "mi"], [0, FOOT, "ft"]],
  nautical: [[NAUTICAL_MILE / 4, NAUTICAL_MILE, "NM"], [0, 1, "m"]],
};
const METRIC_AREAS = [[1e6, 1e6, "km²"], [1e4, 1e4, "ha"], [0, 1, "m²"]];
const AREAS = {
  metric: METRIC_AREAS,
  imperial: [[MILE ** 2, MILE ** 2, "mi²"], [ACRE / 4, ACRE, "acres"], [0, FOOT ** 2, "ft²"]],
  nautical: METRIC_AREAS,
};

export const SYSTEMS = { metric: "Metric", imperial: "Miles, feet", nautical: "Nautical" };

/** "12.34 km" */
export function lengthText(metres, system) {
  return said(metres, LENGTHS[system]);
}

/** "56.7 ha" */
export function areaText(metres, system) {
  return said(metres, AREAS[system]);
}

/** The longest round length of at most so many metres: {metres, text}. */
export function roundLength(most, system) {
  const [, size, name] = LENGTHS[system].find(([least]) => most >= least);
  const power = 10 ** Math.floor(Math.log10(most / size));
  const number = power * [5, 2, 1].find((each) => each * power <= most / size);
  return { metres: number * size, text: `${number.toLocaleString("en")} ${name}` };
}

/** The system that was chosen the last time, or else what is usual where the browser is set to be. */
export function usualSystem() {
  try {
    const kept = localStorage.getItem(KEPT);
    if (Object.hasOwn(SYSTEMS, kept)) return kept;
  } catch {
    // in a frame there may be nothing that is kept
  }
  return OF_MILES.has(new Intl.Locale(navigator.language).maximize().region) ? "imperial" : "metric";
}

export function keepSystem(system) {
  try {
    localStorage.setItem(KEPT, system);
  } catch {
    // it is asked again
  }
}

function said(value, units) {
  const [, size, name] = units.find(([least]) => value >= least);
  const number = value / size;
  const digits = number >= 1000 ? 0 : number >= 100 ? 1 : number >= 1 ? 2 : 3;
  return `${number.toLocaleString("en", { maximumFractionDigits: digits })} ${name}`;
}
