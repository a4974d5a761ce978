// Times, places and render profiles in words.

const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const EXACT = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "long" });
const BRIEF = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });
const UNITS = [
  ["year", 365 * 86400],
  ["month", 30 * 86400],
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
];

/** "in 6 days" */
export function fromNow(date) {
  const seconds = (date - Date.now()) / 1000;
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  return RELATIVE.format(Math.trunc(seconds / size), unit);
}

/** "Friday 27 November 2026 at 08:56:47 UTC" */
export function exactly(date) {
  return EXACT.format(date);
}

/** "4:05", or "12 seconds" */
export function countdown(milliseconds) {
  const seconds = Math.max(1, Math.ceil(milliseconds / 1000));
  if (seconds < 60) return seconds === 1 ? "1 second" : `${seconds} seconds`;
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** "1.4 MB", as file managers count */
export function size(bytes) {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  const power = bytes < 1000 ? 0 : Math.min(4, Math.floor(Math.log10(bytes) / 3));
  const number = bytes / 1000 ** power;
  return `${number.toLocaleString("en", { maximumFractionDigits: power && number < 10 ? 1 : 0 })} ${bytes === 1 ? "byte" : units[power]}`;
}

/** "27 Nov 2026, 08:56" */
export function briefly(date) {
  return BRIEF.format(date);
}

/** "24.56294° N, 77.75794° W", with as many digits as the zoom shows */
export function coordinates({ lng, lat }, zoom) {
  const digits = Math.min(6, Math.max(1, Math.round(zoom / 3)));
  const east = ((((lng + 180) % 360) + 360) % 360) - 180;
  const degrees = (value, positive, negative) => `${Math.abs(value).toFixed(digits)}° ${value < 0 ? negative : positive}`;
  return `${degrees(lat, "N", "S")}, ${degrees(east, "E", "W")}`;
}

/** "3,400", with four digits that say something */
export function number(value) {
  return value.toLocaleString("en", { maximumSignificantDigits: Math.abs(value) >= 1000 ? 6 : 4 });
}

/** "Bands 4, 3, 2 · 120 to 3,400": what a render profile is made of, for who knows the data */
export function recipe({ bands, expression, rescale, colormap }) {
  const source = expression ?? (bands.length > 1 ? `Bands ${bands.join(", ")}` : "");
  const range = rescale.length === 1 ? `${number(rescale[0][0])} to ${number(rescale[0][1])}` : "";
  return [source, colormap, range].filter(Boolean).join(" · ");
}
