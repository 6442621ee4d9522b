/** The map: draws a dressed plan, brings out what is chosen, and says what was clicked. */

import { maplibre, openMap } from "./basemap.js";
import { canHover } from "./dom.js";
import { emphasis, layersOf, PICKABLE, SOURCES, styleOf } from "./layers.js";
import { setMarks } from "./marks.js";
import { boxAround, extentOf } from "./model.js";
import { onThemeChange, readTheme } from "./theme.js";
import { tooltipOf } from "./tooltip.js";

const EMPTY = { type: "FeatureCollection", features: [] };
const REACH_PX = 6;

export class PlanMap extends EventTarget {
  #map;
  #ready;
  #choice;
  #box = null;
  #dressed = null;
  #popup;

  /**
   * @param {HTMLElement} container
   * @param {import("./choice.js").Choice} choice
   * @throws {Error} where the browser has no WebGL
   */
  constructor(container, choice) {
    super();
    this.#choice = choice;
    this.#map = openMap(container, styleOf(readTheme()), () => this.fit());
    this.#popup = new maplibre.Popup({ closeButton: false, closeOnClick: false, className: "tip", offset: 16, maxWidth: "260px" });
    this.#ready = new Promise((resolve) => this.#map.once("load", resolve));
    this.#ready.then(() => this.#begin());
  }

  #begin() {
    setMarks(this.#map, readTheme());
    this.#emphasise();
    onThemeChange(() => this.#repaint());
    this.#map.on("click", (event) => this.#pick(event.point));
    if (canHover) {
      this.#map.on("mousemove", (event) => this.#point(event.point));
      this.#map.on("mouseout", () => this.#leave());
    }
    this.#choice.addEventListener("chosen", () => this.#emphasise());
    this.#choice.addEventListener("hovered", () => this.#emphasise());
  }

  /** Draw a plan and show all of it. @param {Object} dressed of dressDrawing @param {Object} model of joinPlan */
  async showPlan(dressed, model) {
    await this.#ready;
    this.model = model;
    this.#dressed = dressed;
    for (const name of ["trips", "stops", "unserved", "stores"]) this.#map.getSource(name).setData(dressed[name]);
    this.#box = extentOf(dressed);
    this.#leave();
    this.#emphasise();
    this.fit({ animate: false });
  }

  /** @param {?GeoJSON.FeatureCollection} streets */
  async showStreets(streets) {
    await this.#ready;
    this.#map.getSource("streets").setData(streets ?? EMPTY);
  }

  /** A city without a plan. @param {GeoJSON.FeatureCollection} streets */
  async showCity(streets) {
    await this.showStreets(streets);
    this.#box = boxAround(streets.features);
    this.fit({ animate: false });
  }

  /** @param {?GeoJSON.Feature|GeoJSON.FeatureCollection} area */
  async showArea(area) {
    await this.#ready;
    this.#map.getSource("area").setData(area ?? EMPTY);
  }

  /** Nothing to draw. */
  async clear() {
    await this.#ready;
    for (const name of SOURCES) this.#map.getSource(name).setData(EMPTY);
    this.#box = null;
  }

  /** Bring the whole plan into view. @param {{animate?: boolean}} [options] */
  fit({ animate = true } = {}) {
    if (this.#box) this.#map.fitBounds(this.#box, { padding: this.#padding(), maxZoom: 16, animate, duration: 400 });
  }

  /** Bring a trip into view, as large as the map allows. @param {string} tripId */
  goToTrip(tripId) {
    if (!this.#dressed) return; // chosen before it was drawn
    const trips = this.#dressed.trips.features.filter(({ properties }) => properties.trip_id === tripId);
    if (trips.length) this.#map.fitBounds(boxAround(trips), { padding: this.#padding(), maxZoom: 16, duration: 500 });
  }

  /** Bring a place into view without zooming out. @param {[number, number]} place lon, lat */
  goTo(place) {
    const at = this.#map.project(place);
    const { clientWidth: width, clientHeight: height } = this.#map.getContainer();
    const { top, right, bottom, left } = this.#padding();
    const seen = at.x > left && at.x < width - right && at.y > top && at.y < height - bottom;
    if (!seen) this.#map.easeTo({ center: place, duration: 400 });
  }

  resize() {
    this.#map.resize();
  }

  /** The library's own map, for tests that ask what is painted. */
  get library() {
    return this.#map;
  }

  #padding() {
    const { clientWidth: width, clientHeight: height } = this.#map.getContainer();
    const small = width < 600 || height < 420;
    return small ? { top: 28, right: 72, bottom: 106, left: 44 } : { top: 36, right: 84, bottom: 108, left: 56 };
  }

  #emphasise() {
    const { orderId, hoverOrderId } = this.#choice.state;
    const { filters, layout, paint } = emphasis(this.#choice.shownTripId, hoverOrderId ?? orderId);
    for (const [layer, filter] of Object.entries(filters)) this.#map.setFilter(layer, filter);
    for (const [layer, property, value] of layout) this.#map.setLayoutProperty(layer, property, value);
    for (const [layer, property, value] of paint) this.#map.setPaintProperty(layer, property, value);
  }

  #repaint() {
    const theme = readTheme();
    setMarks(this.#map, theme);
    for (const { id, paint } of layersOf(theme)) {
      for (const [property, value] of Object.entries(paint ?? {})) this.#map.setPaintProperty(id, property, value);
    }
    this.#emphasise();
  }

  #under(point) {
    const box = [[point.x - REACH_PX, point.y - REACH_PX], [point.x + REACH_PX, point.y + REACH_PX]];
    const found = this.#map.queryRenderedFeatures(box, { layers: PICKABLE.filter((id) => id !== "trips-hit") });
    if (!found.length) return this.#map.queryRenderedFeatures(point, { layers: ["trips-hit"] })[0] ?? null;
    const away = ({ geometry }) => {
      const at = this.#map.project(geometry.coordinates);
      return Math.hypot(at.x - point.x, at.y - point.y);
    };
    return found.reduce((best, next) => (away(next) < away(best) ? next : best));
  }

  #pick(point) {
    const properties = this.#under(point)?.properties;
    if (!properties) return this.#choice.clear();
    if (properties.order_id) return this.#choice.chooseOrder(properties.order_id, properties.trip_id ?? null, "map");
    return this.#choice.chooseTrip(properties.trip_id, "map");
  }

  #point(point) {
    const feature = this.#under(point);
    this.#map.getCanvas().style.cursor = feature ? "pointer" : "";
    if (!feature) return this.#leave();
    const { trip_id: tripId = null, order_id: orderId = null } = feature.properties;
    // A chosen trip stays brought out; pointing elsewhere only names what is there.
    if (!this.#choice.state.tripId) this.#choice.hover(tripId, orderId);
    const tip = tooltipOf(feature.properties, this.model);
    const place = orderId ? feature.geometry.coordinates : this.#map.unproject(point);
    if (tip) this.#popup.setLngLat(place).setDOMContent(tip).addTo(this.#map);
    return undefined;
  }

  #leave() {
    this.#popup.remove();
    this.#choice.hover(null);
  }
}
