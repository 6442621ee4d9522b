/** The studio's map: the place, what it reaches, and where people live or orders come from. */

import { openMap } from "../basemap.js";
import { groundLayers, streetLayers, streetNames, styleWith } from "../ground.js";
import { setMarks } from "../marks.js";
import { boxAround } from "../model.js";
import { onThemeChange, readTheme } from "../theme.js";

const SOURCES = ["heat", "streets", "area", "orders", "place"];
const EMPTY = { type: "FeatureCollection", features: [] };

function layersOf(theme, top) {
  const steps = [0, 0, top * 0.1, 0.15, top * 0.5, 0.45, top, 0.7];
  return [
    ...groundLayers(theme),
    { id: "heat", type: "fill", source: "heat", paint: { "fill-color": theme.late, "fill-opacity": ["interpolate", ["linear"], ["get", "value"], ...steps] } },
    ...streetLayers(theme),
    { id: "area-fill", type: "fill", source: "area", paint: { "fill-color": theme.accent, "fill-opacity": 0.2 } },
    { id: "area-line", type: "line", source: "area", layout: { "line-join": "round" }, paint: { "line-color": theme.accent, "line-width": 2 } },
    ...streetNames(theme),
    {
      id: "orders", type: "circle", source: "orders",
      paint: { "circle-radius": 4, "circle-color": theme["on-time"], "circle-stroke-color": theme.surface, "circle-stroke-width": 1.2 },
    },
    { id: "place", type: "symbol", source: "place", layout: { "icon-image": "store", "icon-allow-overlap": true } },
  ];
}

export class StudioMap extends EventTarget {
  #map;
  #ready;
  #top = 1;
  #box = null;

  /** @param {HTMLElement} container @throws {Error} without WebGL */
  constructor(container) {
    super();
    this.#map = openMap(container, styleWith(SOURCES, layersOf(readTheme(), 1)), () => this.fit());
    this.#ready = new Promise((resolve) => this.#map.once("load", resolve));
    this.#ready.then(() => {
      setMarks(this.#map, readTheme());
      onThemeChange(() => this.#repaint());
      this.#map.on("click", ({ lngLat }) => this.dispatchEvent(new CustomEvent("place", { detail: [lngLat.lng, lngLat.lat] })));
      this.#map.getCanvas().style.cursor = "crosshair";
      this.#map.getCanvas().addEventListener("keydown", ({ key }) => {
        if (key === "Enter") this.dispatchEvent(new CustomEvent("place", { detail: this.#map.getCenter().toArray() }));
      });
    });
  }

  /** @param {string} source @param {?GeoJSON.FeatureCollection|GeoJSON.Feature} data */
  async set(source, data) {
    await this.#ready;
    this.#map.getSource(source).setData(data ?? EMPTY);
  }

  /** Areas coloured by their `value`. @param {?GeoJSON.FeatureCollection} data @param {number} top the strongest */
  async heat(data, top) {
    await this.set("heat", data);
    this.#top = top;
    this.#repaint();
  }

  /** Show what is reached; look at all of it the first time. @param {GeoJSON.Feature} area */
  async area(area) {
    await this.set("area", area);
    this.#box = area && boxAround(rings(area));
    if (area && !this.looked) this.fit({ animate: false });
    this.looked ||= Boolean(area);
  }

  fit({ animate = true } = {}) {
    if (this.#box) this.#map.fitBounds(this.#box, { padding: 48, maxZoom: 15, animate, duration: 400 });
  }

  resize() {
    this.#map.resize();
  }

  /** The library's own map, for tests that ask what is painted. */
  get library() {
    return this.#map;
  }

  #repaint() {
    const theme = readTheme();
    setMarks(this.#map, theme);
    for (const { id, paint } of layersOf(theme, this.#top)) {
      for (const [property, value] of Object.entries(paint ?? {})) this.#map.setPaintProperty(id, property, value);
    }
  }
}

/** The outer rings of an area as lines. */
function rings({ geometry }) {
  const polygons = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
  return polygons.map(([outer]) => ({ geometry: { type: "LineString", coordinates: outer } }));
}
