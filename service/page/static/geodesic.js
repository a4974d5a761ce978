// Distances and areas on the WGS 84 ellipsoid. Equations are those of C. F. F. Karney, Algorithms for geodesics,
// Journal of Geodesy 87 (2013), 43-55; their integrals are summed by Gauss and Legendre's rule instead of by series.

const A = 6378137; // metres
const F = 1 / 298.257223563;
const B = A * (1 - F);
const E2 = F * (2 - F);
const EP2 = E2 / (1 - E2);
const RADIUS2 = (A * A + (B * B * Math.atanh(Math.sqrt(E2))) / Math.sqrt(E2)) / 2; // of the sphere of the same area
const DEGREE = Math.PI / 180;
const ANTIPODAL = Math.PI - 0.04; // radians: beyond it the iteration may not end, as several ways are short
const ROUNDS = 60;
const GAUSS = [
  [0.0950125098376374, 0.1894506104550685], [0.2816035507792589, 0.1826034150449236],
  [0.4580167776572274, 0.1691565193950025], [0.6178762444026438, 0.1495959888165767],
  [0.7554044083550030, 0.1246289712555339], [0.8656312023878318, 0.0951585116824928],
  [0.9445750230732326, 0.0622535239386479], [0.9894009349916499, 0.0271524594117541],
].flatMap(([x, weight]) => [[-x, weight], [x, weight]]);

/** Metres along a line of [longitude, latitude] in degrees; each part of it is the shortest way. */
export function length(points) {
  return parts(points).reduce((sum, { distance }) => sum + distance, 0);
}

/** Square metres inside a ring of [longitude, latitude], which closes by itself; also around a pole or across 180°. */
export function area(ring) {
  if (ring.length < 3) return 0;
  const edges = parts([...ring, ring[0]]);
  const turned = edges.reduce((sum, { longitude }) => sum + longitude, 0);
  const beneath = Math.abs(edges.reduce((sum, edge) => sum + edge.beneath, 0));
  return Math.abs(turned) < Math.PI ? beneath : Math.abs(2 * Math.PI * RADIUS2 - beneath); // half of the earth, or less
}

/** The same line with as many points as a map needs to draw its parts as curves; longitudes go on beyond 180°. */
export function curve(points) {
  if (points.length < 2) return points;
  const drawn = [points[0]];
  for (const part of parts(points)) {
    const count = Math.min(200, Math.max(1, Math.ceil(part.distance / 50_000)));
    const [start] = drawn.at(-1);
    for (let step = 1; step <= count; step += 1) {
      const [longitude, latitude] = part.at(step / count);
      drawn.push([start + longitude, latitude]);
    }
  }
  return drawn;
}

function parts(points) {
  return points.slice(1).flatMap((point, index) => shortest(points[index], point));
}

/** The shortest ways between two places: one, or two of them by way of a place between antipodes. */
function shortest([lng1, lat1], [lng2, lat2]) {
  const apart = (lng2 - lng1) % 360;
  const turn = Math.abs(apart) > 180 ? apart - 360 * Math.sign(apart) : apart; // to add to small numbers costs digits
  if (turn === 0 && lat1 === lat2) return [];
  if (arcOnSphere(lat1, lat2, turn) < ANTIPODAL) return [way(lat1, lat2, turn * DEGREE)];
  const middle = latitudeBetween((latitude) => ways(lat1, latitude, lat2, turn).reduce((sum, { distance }) => sum + distance, 0));
  return ways(lat1, middle, lat2, turn);
}

function ways(lat1, middle, lat2, turn) {
  const half = (turn * DEGREE) / 2;
  return [way(lat1, middle, half), way(middle, lat2, half)];
}

/** The latitude at which the way is shortest: there may be one in the north and one in the south. */
function latitudeBetween(distance) {
  const tried = Array.from({ length: 37 }, (_, index) => index * 5 - 90);
  const best = tried.reduce((low, each) => (distance(each) < distance(low) ? each : low));
  let [low, high] = [Math.max(-90, best - 5), Math.min(90, best + 5)];
  while (high - low > 1e-9) {
    const [left, right] = [low + (high - low) * 0.382, low + (high - low) * 0.618];
    if (distance(left) < distance(right)) high = right;
    else low = left;
  }
  return (low + high) / 2;
}

function arcOnSphere(lat1, lat2, turn) {
  const [a, b] = [lat1 * DEGREE, lat2 * DEGREE];
  return Math.acos(Math.max(-1, Math.min(1, Math.sin(a) * Math.sin(b) + Math.cos(a) * Math.cos(b) * Math.cos(turn * DEGREE))));
}

/** One geodesic: {distance, longitude, beneath, at}: metres, radians, square metres down to the equator, places on it. */
function way(lat1, lat2, turn) {
  const side = Math.sign(turn) || 1;
  const wanted = Math.abs(turn);
  const [beta1, beta2] = [reduced(lat1), reduced(lat2)];
  let omega = wanted;
  let arc = auxiliary(beta1, beta2, omega);
  for (let round = 0; round < ROUNDS; round += 1) {
    const next = wanted + F * arc.sin0 * integral(lag(arc), arc.start, arc.end);
    const isFound = Math.abs(next - omega) <= 1e-16 * next;
    omega = next;
    arc = auxiliary(beta1, beta2, omega);
    if (isFound) break;
  }
  const { sin0, cos0, start, end } = arc;
  const excess = 2 * Math.atan2(Math.sin((beta1 + beta2) / 2) * Math.sin(omega / 2), Math.cos((beta2 - beta1) / 2) * Math.cos(omega / 2));
  return {
    distance: B * integral((sigma) => Math.sqrt(1 + arc.k2 * Math.sin(sigma) ** 2), start, end),
    longitude: side * wanted,
    beneath: side * (RADIUS2 * excess - E2 * A * A * cos0 * sin0 * integral(flattening(arc), start, end)),
    at: (share) => place(arc, start + share * (end - start), side),
  };
}

/** The great circle on the auxiliary sphere (section 2), by where it starts and ends, counted from its node. */
function auxiliary(beta1, beta2, omega) {
  const [sin1, cos1, sin2, cos2] = [Math.sin(beta1), Math.cos(beta1), Math.sin(beta2), Math.cos(beta2)];
  const [east, north] = [cos2 * Math.sin(omega), cos1 * sin2 - sin1 * cos2 * Math.cos(omega)];
  const length = Math.hypot(east, north);
  const [sinAlpha, cosAlpha] = length ? [east / length, north / length] : [0, 1];
  const sin0 = sinAlpha * cos1;
  const cos0 = Math.hypot(cosAlpha, sinAlpha * sin1);
  const start = sin1 === 0 && cosAlpha === 0 ? 0 : Math.atan2(sin1, cosAlpha * cos1);
  return { sin0, cos0, k2: EP2 * cos0 * cos0, start, end: start + Math.atan2(length, sin1 * sin2 + cos1 * cos2 * Math.cos(omega)) };
}

/** Equation 8: by how much longitude lags behind, on the ellipsoid. */
function lag({ k2 }) {
  return (sigma) => (2 - F) / (1 + (1 - F) * Math.sqrt(1 + k2 * Math.sin(sigma) ** 2));
}

/** Equations 61 and 62: by how much the area differs from that on a sphere. */
function flattening({ k2 }) {
  const t = (x) => (x < 1e-12 ? 1 + (4 * x) / 3 : x + Math.sqrt(1 / x + 1) * Math.asinh(Math.sqrt(x)));
  return (sigma) => {
    const x = k2 * Math.sin(sigma) ** 2;
    const gap = EP2 - x;
    const slope = gap < 1e-7 ? (t(EP2 + 1e-5) - t(EP2 - 1e-5)) / 2e-5 : (t(EP2) - t(x)) / gap;
    return (slope * Math.sin(sigma)) / 2;
  };
}

function place(arc, sigma, side) {
  const { sin0, cos0, start } = arc;
  const beta = Math.asin(Math.max(-1, Math.min(1, cos0 * Math.sin(sigma))));
  const turned = (at) => Math.atan2(sin0 * Math.sin(at), Math.cos(at));
  const omega = (turned(sigma) - turned(start) + 2 * Math.PI) % (2 * Math.PI);
  const longitude = omega - F * sin0 * integral(lag(arc), start, sigma);
  return [(side * longitude) / DEGREE, Math.atan2(Math.sin(beta), (1 - F) * Math.cos(beta)) / DEGREE];
}

function reduced(latitude) {
  return Math.atan2((1 - F) * Math.sin(latitude * DEGREE), Math.cos(latitude * DEGREE));
}

function integral(of, from, to) {
  const [middle, half] = [(from + to) / 2, (to - from) / 2];
  return half * GAUSS.reduce((sum, [x, weight]) => sum + weight * of(middle + half * x), 0);
}
