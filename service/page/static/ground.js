// What lies under and around the rasters of a map, in the colours of day and night.

const EMPTY = { type: "FeatureCollection", features: [] };
const COLOURS = {
  light: { land: "#e9ebe6", lines: "#cdd2cc", frame: "#8b958f" },
  dark: { land: "#171d20", lines: "#2a3438", frame: "#5d6b71" },
};
export const DARK = matchMedia("(prefers-color-scheme: dark)");

/** ground: a base map of the operator's, {tiles, bounds, minzoom, maxzoom}, or null. Each layer goes under a layer that is never seen, `over-…`, so that it finds its place whenever it comes. */
export function style(layers, basemap, ground) {
  const { land, lines, frame } = coloursOfNow();
  const geojson = (data) => ({ type: "geojson", data });
  const line = (id, paint) => ({ id, type: "line", source: id, paint });
  const over = (number) => ({ id: `over-${number}`, type: "background", layout: { visibility: "none" } });
  return {
    version: 8,
    sources: {
      ...(ground ? { ground: tiled(ground) } : {}),
      graticule: geojson(EMPTY),
      frame: geojson(basemap === "none" ? EMPTY : outlines(layers)),
    },
    layers: [
      { id: "land", type: "background", paint: { "background-color": land } },
      ...(ground ? [{ id: "ground", type: "raster", source: "ground", paint: groundPaint() }] : []),
      line("graticule", { "line-color": lines, "line-width": 1 }),
      ...layers.map((_, index) => over(layers.length - 1 - index)),
      line("frame", { "line-color": frame, "line-width": 1, "line-dasharray": [3, 3] }),
    ],
  };
}

function outlines(layers) {
  return { type: "FeatureCollection", features: layers.map(({ bounds }) => outline(bounds)) };
}

function outline([west, south, east, north]) {
  const ring = [[west, south], [east, south], [east, north], [west, north], [west, south]];
  return { type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: ring } };
}

function tiled({ tiles, bounds, minzoom, maxzoom }) {
  const address = devicePixelRatio > 1 ? tiles.replace(".webp", "@2x.webp") : tiles;
  return { type: "raster", tiles: [address], bounds, minzoom, maxzoom, tileSize: 256 };
}

/** A base map is dimmed by night: what is shared is what is looked at. */
export function groundPaint() {
  return { "raster-brightness-max": DARK.matches ? 0.5 : 1, "raster-saturation": DARK.matches ? -0.4 : 0, "raster-fade-duration": 0 };
}

export function coloursOfNow() {
  return DARK.matches ? COLOURS.dark : COLOURS.light;
}
