// Texts that open the raster in other clients, with a key inside.

const WORLD = 20037508.342789244; // metres from the middle of Web Mercator to its edge

/** Return [{title, how, text, download}] for a TileJSON and files for clients, whose addresses carry a key. */
export function snippets({ name, tilejson, tilejsonUrl, previewUrl, files }) {
  const facts = { name, tilejson, tilejsonUrl, previewUrl, tiles: tilejson.tiles[0] };
  return [
    { title: "MapLibre GL JS", how: "The TileJSON tells bounds and zooms.", text: maplibre(facts) },
    { title: "Leaflet", how: "Empty tiles are drawn transparent, so that Leaflet reports no errors.", text: leaflet(facts) },
    { title: "OpenLayers", how: "Empty tiles are drawn transparent, so that OpenLayers reports no errors.", text: openlayers(facts) },
    { title: "QGIS", how: "Layer › Add Layer › Add XYZ Layer… › New: paste this as the URL, and set its zooms to " + zooms(tilejson) + ".", text: facts.tiles, download: files.qgis && { title: "Or open this layer file", address: files.qgis } },
    ...(files.wmts ? [{ title: "WMTS", how: "For QGIS, ArcGIS and others that read OGC capabilities: a layer for each profile.", text: files.wmts }] : []),
    { title: "GDAL", how: "Save as map.xml; then gdalinfo, gdalwarp or rasterio open it like a file.", text: gdal(facts) },
    { title: "curl", how: "A picture of the whole raster.", text: `curl -o preview.png '${previewUrl}'` },
  ];
}

/** Return the same for an archive of tiles or for features, by the addresses that there are. */
export function datasetSnippets({ style, tilejson, features, wmts }) {
  return [
    { title: "MapLibre GL JS", how: "A style that draws it plainly.", text: `new maplibregl.Map({ container: "map", style: ${quoted(style)} });` },
    ...(tilejson ? [{ title: "TileJSON", how: "For map clients: tiles, bounds, zooms and layers.", text: tilejson }] : []),
    ...(wmts ? [{ title: "WMTS", how: "For QGIS, ArcGIS and others that read OGC capabilities.", text: wmts }] : []),
    ...(features ? [{ title: "QGIS and GDAL", how: "QGIS: Layer › Add Layer › Add Vector Layer… › Protocol.", text: features }] : []),
    { title: "curl", how: "As a file.", text: `curl -o ${features ? "features.geojson" : "style.json"} '${features ?? style}'` },
  ];
}

function zooms({ minzoom, maxzoom }) {
  return `${minzoom} to ${maxzoom}`;
}

function maplibre({ name, tilejsonUrl }) {
  return `map.addSource(${quoted(name)}, {
  type: "raster",
  url: ${quoted(tilejsonUrl)},
});
map.addLayer({ id: ${quoted(name)}, type: "raster", source: ${quoted(name)} });`;
}

function leaflet({ tiles, tilejson }) {
  const [west, south, east, north] = tilejson.bounds;
  return `L.tileLayer(${quoted(`${tiles}&empty=transparent`)}, {
  bounds: [[${south}, ${west}], [${north}, ${east}]],
  minZoom: ${tilejson.minzoom},
  maxNativeZoom: ${tilejson.maxzoom},
}).addTo(map);`;
}

function openlayers({ tiles, tilejson }) {
  return `new ol.layer.Tile({
  source: new ol.source.XYZ({
    url: ${quoted(`${tiles}&empty=transparent`)},
    minZoom: ${tilejson.minzoom},
    maxZoom: ${tilejson.maxzoom},
  }),
  extent: ol.proj.transformExtent([${tilejson.bounds}], "EPSG:4326", "EPSG:3857"),
});`;
}

/** The TMS minidriver of GDAL's WMS driver. */
function gdal({ tiles, tilejson }) {
  const address = tiles.replace(/\{([xyz])\}/g, "${$1}").replaceAll("&", "&amp;");
  return `<GDAL_WMS>
  <Service name="TMS"><ServerUrl>${address}</ServerUrl></Service>
  <DataWindow>
    <UpperLeftX>-${WORLD}</UpperLeftX><UpperLeftY>${WORLD}</UpperLeftY>
    <LowerRightX>${WORLD}</LowerRightX><LowerRightY>-${WORLD}</LowerRightY>
    <TileLevel>${tilejson.maxzoom}</TileLevel>
    <TileCountX>1</TileCountX><TileCountY>1</TileCountY><YOrigin>top</YOrigin>
  </DataWindow>
  <Projection>EPSG:3857</Projection>
  <BlockSizeX>256</BlockSizeX><BlockSizeY>256</BlockSizeY>
  <BandsCount>4</BandsCount>
  <ZeroBlockHttpCodes>204,404</ZeroBlockHttpCodes>
</GDAL_WMS>`;
}

function quoted(text) {
  return JSON.stringify(text);
}
