/** The ground that every map stands on: streets and their names, without tiles, glyphs or sprites. */

export const FONT = ["system-ui", "Segoe UI", "Roboto", "Noto Sans", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC"];
// The map takes the weight from the first name; no font is called Bold, so the next ones draw it.
export const BOLD = ["Bold", ...FONT];
const MAJOR = ["motorway", "trunk", "primary", "secondary"];
const LABELLED = [...MAJOR, "tertiary"];

const isMajor = ["in", ["get", "kind"], ["literal", MAJOR]];

/** A value that grows with the zoom. @param {...*} stops zoom, value, zoom, value ... */
export const byZoom = (...stops) => ["interpolate", ["exponential", 1.5], ["zoom"], ...stops];

/** What lies below everything. @param {Object} theme of readTheme */
export const groundLayers = (theme) => [
  { id: "ground", type: "background", paint: { "background-color": theme.ground } },
];

/** The streets of the source `streets`. @param {Object} theme of readTheme */
export function streetLayers(theme) {
  const round = { "line-cap": "round", "line-join": "round" };
  const streetWidth = byZoom(11, ["case", isMajor, 1.2, 0.4], 14, ["case", isMajor, 4, 1.8], 17, ["case", isMajor, 16, 9]);
  const edgeWidth = byZoom(11, ["case", isMajor, 1.8, 0.4], 14, ["case", isMajor, 5.6, 2.8], 17, ["case", isMajor, 18, 11]);
  return [
    {
      id: "street-edges", type: "line", source: "streets", layout: round,
      paint: { "line-color": theme["street-edge"], "line-width": edgeWidth },
    },
    {
      id: "streets", type: "line", source: "streets", layout: round,
      paint: { "line-color": ["case", isMajor, theme["street-major"], theme.street], "line-width": streetWidth },
    },
  ];
}

/** Their names. @param {Object} theme of readTheme */
export function streetNames(theme) {
  const streetText = {
    type: "symbol",
    source: "streets",
    layout: {
      "symbol-placement": "line",
      "symbol-spacing": 320,
      "text-field": ["get", "name"],
      "text-font": FONT,
      "text-size": byZoom(12, 10, 17, 13),
      "text-max-angle": 30,
      "text-padding": 6,
    },
    paint: { "text-color": theme["street-text"], "text-halo-color": theme.ground, "text-halo-width": 1.4 },
  };
  return [
    {
      ...streetText, id: "street-names-minor", minzoom: 15,
      filter: ["!", ["in", ["get", "kind"], ["literal", LABELLED]]],
    },
    { ...streetText, id: "street-names", minzoom: 12.5, filter: ["in", ["get", "kind"], ["literal", LABELLED]] },
  ];
}

/** A style in which nothing can be asked of another host. @param {Array<string>} sources @param {Array<Object>} layers */
export function styleWith(sources, layers) {
  const empty = { type: "geojson", data: { type: "FeatureCollection", features: [] } };
  return { version: 8, sources: Object.fromEntries(sources.map((name) => [name, empty])), layers };
}
