// What a saved map's owner drew on it: points, lines, areas, with labels and notes.

const COLOUR = ["coalesce", ["get", "color"], "#c2410c"];
const MOST_LABELS = 300; // labels are elements of the page: MapLibre's own would need fonts from elsewhere
const SHAPES = ["annotation-areas", "annotation-lines", "annotation-points"];

/** Draw a FeatureCollection over a map; null draws nothing. */
export function annotate(map, collection) {
  if (!collection?.features.length) return;
  const features = collection.features.map((feature, id) => ({ ...feature, id }));
  map.addSource("annotations", { type: "geojson", data: { type: "FeatureCollection", features } });
  const shape = (id, type, paint, ...kinds) =>
    map.addLayer({ id, type, source: "annotations", paint, filter: ["in", ["geometry-type"], ["literal", kinds.flatMap((kind) => [kind, `Multi${kind}`])]] });
  shape("annotation-areas", "fill", { "fill-color": COLOUR, "fill-opacity": 0.2 }, "Polygon");
  shape("annotation-lines", "line", { "line-color": COLOUR, "line-width": 2.5 }, "LineString", "Polygon");
  shape("annotation-points", "circle", { "circle-color": COLOUR, "circle-radius": 6, "circle-stroke-color": "#fff", "circle-stroke-width": 2 }, "Point");
  for (const feature of features.filter(({ properties }) => properties.label).slice(0, MOST_LABELS)) label(map, feature);
  for (const id of SHAPES) {
    map.on("mouseenter", id, () => (map.getCanvas().style.cursor = "pointer"));
    map.on("mouseleave", id, () => (map.getCanvas().style.cursor = ""));
  }
}

/** Show the note of what lies under a click, if it has one; return whether it has. */
export function openNote(map, event) {
  if (!map.getLayer(SHAPES[0])) return false;
  const found = map.queryRenderedFeatures(event.point, { layers: SHAPES }).find(({ properties }) => properties.note_html);
  if (found) note(map, found.properties, event.lngLat);
  return Boolean(found);
}

/** A label is a button where it has a note, so that the note can be reached with the keyboard. */
function label(map, { geometry, properties }) {
  const element = document.createElement(properties.note_html ? "button" : "span");
  element.className = "annotation";
  element.textContent = properties.label;
  const place = middle(geometry);
  if (properties.note_html) {
    element.type = "button";
    element.addEventListener("click", (event) => {
      event.stopPropagation();
      note(map, properties, place);
    });
  }
  const isPoint = geometry.type === "Point";
  new maplibregl.Marker({ element, anchor: isPoint ? "left" : "center", offset: isPoint ? [12, 0] : [0, 0] }).setLngLat(place).addTo(map);
}

function note(map, { label: title, note_html: html }, place) {
  const element = document.createElement("div");
  const head = document.createElement("h2");
  const prose = document.createElement("div");
  head.textContent = title ?? "";
  head.hidden = !title;
  prose.className = "prose";
  prose.innerHTML = html; // sanitized by the service
  element.append(head, prose);
  new maplibregl.Popup({ maxWidth: "20rem" }).setLngLat(place).setDOMContent(element).addTo(map);
}

/** A place on it: the middle one of a line's points, the middle of the box around an area. */
function middle({ type, coordinates }) {
  if (type === "Point") return coordinates;
  if (type === "LineString") return coordinates[Math.floor(coordinates.length / 2)];
  const points = coordinates.flat(Infinity);
  const xs = points.filter((_, index) => index % 2 === 0);
  const ys = points.filter((_, index) => index % 2 === 1);
  return [(Math.min(...xs) + Math.max(...xs)) / 2, (Math.min(...ys) + Math.max(...ys)) / 2];
}
