/** The map's layers, lowest first, as a pure function of the theme. Their sources are filled by map.js. */

import { BOLD, byZoom, groundLayers, streetLayers, streetNames, styleWith } from "./ground.js";

export const SOURCES = ["streets", "area", "trips", "stops", "unserved", "stores"];
export const PICKABLE = ["stops-picked", "stops", "stop-dots", "unserved", "trips-hit"];

const FIRST = -1e9;
const NOTHING = ["==", ["get", "trip_id"], ""];

const isDrone = ["==", ["get", "vehicle_kind"], "drone"];

/** @param {Object} theme of readTheme @returns {Array<Object>} MapLibre layers */
export function layersOf(theme) {
  const tint = ["match", ["get", "tint"], ...theme.tints.flatMap((colour, index) => [index, colour]), theme.ink];
  const round = { "line-cap": "round", "line-join": "round" };
  const stopLayout = {
    "icon-image": ["concat", "stop-", ["get", "status"]],
    "icon-padding": 0,
    "text-field": ["get", "number"],
    "text-font": BOLD,
    "text-size": 11.5,
    "text-padding": 0,
    "symbol-sort-key": ["get", "urgency"],
  };
  const etaLayout = {
    "text-field": ["get", "eta"],
    "text-font": BOLD,
    "text-size": 11,
    "text-variable-anchor": ["left", "right", "top", "bottom"],
    "text-radial-offset": 1.25,
    "text-justify": "auto",
    "text-padding": 3,
    "symbol-sort-key": ["get", "urgency"],
  };
  const etaPaint = {
    "text-color": ["match", ["get", "status"], "late", theme.late, theme.ink],
    "text-halo-color": theme.surface,
    "text-halo-width": 1.8,
  };
  return [
    ...groundLayers(theme),
    { id: "area-fill", type: "fill", source: "area", paint: { "fill-color": theme.accent, "fill-opacity": 0.08 } },
    ...streetLayers(theme),
    {
      id: "area-line", type: "line", source: "area", layout: round,
      paint: { "line-color": theme.accent, "line-width": 1.2, "line-opacity": 0.6 },
    },
    {
      id: "trips", type: "line", source: "trips", layout: round, filter: ["!", isDrone],
      paint: { "line-color": tint, "line-width": byZoom(11, 1.6, 14, 2.8, 17, 5) },
    },
    {
      id: "flights", type: "line", source: "trips", layout: { "line-join": "round" }, filter: isDrone,
      paint: { "line-color": tint, "line-width": byZoom(11, 1.4, 14, 2, 17, 3), "line-dasharray": [3, 2.5] },
    },
    {
      id: "trips-hit", type: "line", source: "trips", layout: round,
      paint: { "line-color": theme.ink, "line-width": 16, "line-opacity": 0 },
    },
    {
      id: "trip-edge", type: "line", source: "trips", layout: round, filter: NOTHING,
      paint: { "line-color": theme.surface, "line-width": byZoom(11, 6, 14, 8.5, 17, 12) },
    },
    {
      id: "trip-picked", type: "line", source: "trips", layout: round, filter: NOTHING,
      paint: { "line-color": tint, "line-width": byZoom(11, 3, 14, 4.5, 17, 7) },
    },
    {
      id: "flight-picked", type: "line", source: "trips", layout: { "line-join": "round" }, filter: NOTHING,
      paint: { "line-color": tint, "line-width": byZoom(11, 2.4, 14, 3.2, 17, 5), "line-dasharray": [3, 2] },
    },
    ...streetNames(theme),
    {
      id: "trip-direction", type: "symbol", source: "trips", filter: NOTHING,
      layout: {
        "symbol-placement": "line", "symbol-spacing": 70, "icon-image": "direction",
        "icon-allow-overlap": true, "icon-ignore-placement": true,
      },
    },
    {
      id: "stop-dots", type: "circle", source: "stops",
      paint: {
        "circle-radius": byZoom(11, 2.5, 14, 5),
        "circle-color": ["match", ["get", "status"], "late", theme.late, theme["on-time"]],
        "circle-stroke-color": theme.surface,
        "circle-stroke-width": 1.2,
      },
    },
    { id: "etas", type: "symbol", source: "stops", minzoom: 11.5, layout: etaLayout, paint: etaPaint },
    {
      // Unseen, but in the way: no label may cover another stop's dot.
      id: "dot-guards", type: "symbol", source: "stops",
      layout: { "icon-image": "blank", "icon-allow-overlap": true, "icon-padding": 0 },
    },
    {
      id: "stops", type: "symbol", source: "stops", layout: stopLayout,
      paint: { "text-color": theme["on-status"] },
    },
    {
      id: "unserved", type: "symbol", source: "unserved",
      layout: { "icon-image": "unserved", "icon-allow-overlap": true, "icon-padding": 0 },
    },
    { id: "store", type: "symbol", source: "stores", layout: { "icon-image": "store", "icon-allow-overlap": true } },
    {
      id: "etas-picked", type: "symbol", source: "stops", filter: NOTHING,
      layout: { ...etaLayout, "text-size": 12, "text-radial-offset": 1.35 }, paint: etaPaint,
    },
    {
      id: "stops-picked", type: "symbol", source: "stops", filter: NOTHING,
      layout: { ...stopLayout, "icon-size": 1.1 }, paint: { "text-color": theme["on-status"] },
    },
    {
      id: "order-ring", type: "circle", source: "stops", filter: ["==", ["get", "order_id"], ""],
      paint: {
        "circle-radius": 17, "circle-opacity": 0, "circle-stroke-color": theme.ink, "circle-stroke-width": 2.5,
      },
    },
    {
      id: "unserved-ring", type: "circle", source: "unserved", filter: ["==", ["get", "order_id"], ""],
      paint: {
        "circle-radius": 15, "circle-opacity": 0, "circle-stroke-color": theme.ink, "circle-stroke-width": 2.5,
      },
    },
  ];
}

/** @param {Object} theme of readTheme */
export const styleOf = (theme) => styleWith(SOURCES, layersOf(theme));

/** What changes when a trip or an order is brought out: filters, and how faint the rest becomes. */
export function emphasis(tripId, orderId) {
  const ofTrip = ["==", ["get", "trip_id"], tripId ?? ""];
  const faint = Boolean(tripId);
  return {
    filters: {
      "trip-edge": ofTrip,
      "trip-picked": ["all", ofTrip, ["!", isDrone]],
      "flight-picked": ["all", ofTrip, isDrone],
      "trip-direction": ofTrip,
      "stops-picked": ofTrip,
      "etas-picked": ofTrip,
      stops: ["!", ofTrip],
      etas: ["!", ofTrip],
      "order-ring": ["==", ["get", "order_id"], orderId ?? ""],
      "unserved-ring": ["==", ["get", "order_id"], orderId ?? ""],
    },
    // Where two stops of a trip have no room side by side, the chosen one is drawn.
    layout: ["stops-picked", "etas-picked"].map((layer) => [
      layer,
      "symbol-sort-key",
      ["case", ["==", ["get", "order_id"], orderId ?? ""], FIRST, ["get", "urgency"]],
    ]),
    paint: [
      ["trips", "line-opacity", faint ? 0.18 : 0.85],
      ["flights", "line-opacity", faint ? 0.2 : 0.9],
      ["stop-dots", "circle-opacity", faint ? ["case", ofTrip, 1, 0.35] : 1],
      ["stop-dots", "circle-stroke-opacity", faint ? ["case", ofTrip, 1, 0.35] : 1],
      ["stops", "icon-opacity", faint ? 0.22 : 1],
      ["stops", "text-opacity", faint ? 0 : 1],
      ["etas", "text-opacity", faint ? 0 : 1],
      ["unserved", "icon-opacity", faint ? 0.35 : 1],
    ],
  };
}
