// Thin lines of longitude and latitude, so that one sees where one is without a base map.

const STEPS = [30, 15, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0002, 0.0001];
const NARROWEST = 90; // pixels between two lines
const LATITUDE_LIMIT = 85;
const MOST_LINES = 200;

/** Return GeoJSON lines for what a map shows, and as much again around it. */
export function graticule(bounds, zoom) {
  const step = stepAt(zoom);
  const [west, east] = widened(bounds.getWest(), bounds.getEast(), 540);
  const [south, north] = widened(bounds.getSouth(), bounds.getNorth(), LATITUDE_LIMIT);
  const lines = [
    ...multiples(west, east, step).map((x) => [[x, south], [x, north]]),
    ...multiples(south, north, step).map((y) => [[west, y], [east, y]]),
  ];
  return { type: "Feature", properties: {}, geometry: { type: "MultiLineString", coordinates: lines } };
}

function stepAt(zoom) {
  const degreesPerPixel = 360 / (512 * 2 ** zoom);
  return STEPS.findLast((step) => step / degreesPerPixel >= NARROWEST) ?? STEPS[0];
}

function widened(low, high, limit) {
  const margin = high - low;
  return [Math.max(-limit, low - margin), Math.min(limit, high + margin)];
}

function multiples(low, high, step) {
  const first = Math.ceil(low / step);
  const count = Math.min(MOST_LINES, Math.max(0, Math.floor(high / step) - first + 1));
  return Array.from({ length: count }, (_, index) => (first + index) * step);
}
