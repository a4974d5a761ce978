// What lies under and around the rasters of a map, in the colours of day and night.

const EMPTY = { type: "FeatureCollection", features: [] };
const COLOURS = {
  light: { land: "#e9ebe6", lines: "#cdd2cc", frame: "#8b958f" },
  dark: { land: "#171d20", lines: "#2a3438", frame: "#5d6b71" },
};
// The layers of a vector base map by what they are called, from below; by day and by night. Names and places are not
// written: fonts would have to come from elsewhere.
const LOOKS = [
  [/earth|land|park|green|nature/i, [{ fill: "#dfe3d8" }, { fill: "#1f272a" }]],
  [/water|ocean|sea|river|lake/i, [{ fill: "#c3d3da", line: "#c3d3da" }, { fill: "#0f1d26", line: "#0f1d26" }]],
  [/build/i, [{ fill: "#d0d2cb" }, { fill: "#2a3236" }]],
  [/road|transport|street|rail|path/i, [{ line: "#ffffff" }, { line: "#3a464b" }]],
  [/bound|admin|border/i, [{ line: "#9aa39d" }, { line: "#56646a" }]],
  [/place|poi|label|name|address|point/i, [{}, {}]],
  [/./, [{ line: "#b4bbb4" }, { line: "#3f4b50" }]],
];
export const DARK = matchMedia("(prefers-color-scheme: dark)");

/** ground: a base map of the operator's, as the service tells of it, or null. Each layer goes under a layer that is never seen, `over-…`, so that it finds its place whenever it comes. */
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
      ...groundLayers(ground),
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

function tiled({ tiles, bounds, minzoom, maxzoom, tilesize, is_sharper: isSharper, vector_layers: layers }) {
  const places = { bounds, minzoom, maxzoom };
  if (layers.length) return { type: "vector", tiles: [tiles], ...places };
  const address = isSharper && devicePixelRatio > 1 ? tiles.replace("{y}", "{y}@2x") : tiles;
  return { type: "raster", tiles: [address], ...places, tileSize: tilesize };
}

/** What draws the base map, in the colours of now: MapLibre's layers, whose names begin with `ground`. */
export function groundLayers(ground) {
  if (!ground) return [];
  if (!ground.vector_layers.length) return [{ id: "ground", type: "raster", source: "ground", paint: dimmed() }];
  return LOOKS.flatMap(([words, look], index) => {
    const names = ground.vector_layers.filter((name) => LOOKS.findIndex(([each]) => each.test(name)) === index);
    return names.flatMap((name) => Object.entries(look[DARK.matches ? 1 : 0]).map(([type, color]) => drawn(name, type, color)));
  });
}

function drawn(name, type, color) {
  const kinds = type === "fill" ? ["Polygon", "MultiPolygon"] : ["LineString", "MultiLineString"];
  const filter = ["in", ["geometry-type"], ["literal", kinds]];
  return { id: `ground-${name}-${type}`, type, source: "ground", "source-layer": name, filter, paint: { [`${type}-color`]: color } };
}

/** A base map of pictures is dimmed by night: what is shared is what is looked at. */
function dimmed() {
  return { "raster-brightness-max": DARK.matches ? 0.5 : 1, "raster-saturation": DARK.matches ? -0.4 : 0, "raster-fade-duration": 0 };
}

export function coloursOfNow() {
  return DARK.matches ? COLOURS.dark : COLOURS.light;
}
