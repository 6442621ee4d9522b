/** The board's map layers, lowest first, as a pure function of the theme. */

import { BOLD, byZoom, groundLayers, streetLayers, streetNames, styleWith } from "../ground.js";

export const SOURCES = ["streets", "trips", "stops", "stores", "vehicles"];
export const PICKABLE = ["vehicles", "stop-hit"];

const isDrone = ["==", ["get", "kind"], "drone"];
const isOut = ["==", ["get", "state"], "out"];

/** @param {Object} theme of readTheme */
export function layersOf(theme) {
  const tint = ["match", ["get", "tint"], ...theme.tints.flatMap((colour, index) => [index, colour]), theme.ink];
  const risk = ["match", ["get", "risk"], "late", theme.late, "tight", theme.tight, theme["on-time"]];
  const round = { "line-cap": "round", "line-join": "round" };
  return [
    ...groundLayers(theme),
    ...streetLayers(theme),
    {
      id: "trips", type: "line", source: "trips", layout: round, filter: ["!", isDrone],
      paint: { "line-color": tint, "line-width": byZoom(11, 1.2, 14, 2.4, 17, 5), "line-opacity": ["case", isOut, 0.8, 0.3] },
    },
    {
      id: "flights", type: "line", source: "trips", filter: isDrone,
      paint: { "line-color": tint, "line-width": byZoom(11, 1.2, 14, 2, 17, 3), "line-dasharray": [3, 2.5], "line-opacity": ["case", isOut, 0.9, 0.4] },
    },
    {
      id: "trip-picked", type: "line", source: "trips", layout: round, filter: ["==", ["get", "vehicle_id"], ""],
      paint: { "line-color": tint, "line-width": byZoom(11, 3, 14, 4.5, 17, 7) },
    },
    ...streetNames(theme),
    {
      id: "stops", type: "circle", source: "stops", filter: ["!=", ["get", "risk"], "unserved"],
      layout: { "circle-sort-key": ["get", "urgency"] },
      paint: {
        "circle-radius": byZoom(11, 2.6, 14, 5.5, 17, 9), "circle-color": risk,
        "circle-stroke-color": theme.surface, "circle-stroke-width": 1.2,
      },
    },
    {
      id: "late", type: "symbol", source: "stops", filter: ["==", ["get", "risk"], "late"],
      layout: { "icon-image": "stop-late", "icon-size": byZoom(11, 0.4, 14, 0.62, 17, 1), "icon-allow-overlap": true, "icon-ignore-placement": true },
    },
    {
      id: "unserved", type: "symbol", source: "stops", filter: ["==", ["get", "risk"], "unserved"],
      layout: { "icon-image": "unserved", "icon-size": byZoom(11, 0.6, 15, 1), "icon-allow-overlap": true, "icon-ignore-placement": true },
    },
    {
      id: "stop-hit", type: "circle", source: "stops",
      paint: { "circle-radius": 10, "circle-color": theme.ink, "circle-opacity": 0 },
    },
    { id: "store", type: "symbol", source: "stores", layout: { "icon-image": "store", "icon-allow-overlap": true } },
    {
      id: "order-ring", type: "circle", source: "stops", filter: ["==", ["get", "order_id"], ""],
      paint: { "circle-radius": 13, "circle-opacity": 0, "circle-stroke-color": theme.ink, "circle-stroke-width": 2.5 },
    },
    {
      id: "vehicles", type: "symbol", source: "vehicles",
      layout: {
        "icon-image": ["concat", ["get", "kind"], "-", ["get", "tint"]], "icon-allow-overlap": true, "icon-ignore-placement": true,
        "text-field": ["step", ["zoom"], "", 13.5, ["get", "vehicle_id"]], "text-font": BOLD, "text-size": 11,
        "text-anchor": "left", "text-offset": [1.1, 0], "text-optional": true,
      },
      paint: { "text-color": theme.ink, "text-halo-color": theme.surface, "text-halo-width": 1.8 },
    },
  ];
}

/** @param {Object} theme of readTheme */
export const styleOf = (theme) => styleWith(SOURCES, layersOf(theme));
