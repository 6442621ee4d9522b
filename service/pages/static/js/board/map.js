/** The live map: streets, stores, stops by risk, and vehicles on their way. */

import { maplibre, openMap } from "../basemap.js";
import { canHover, h } from "../dom.js";
import { boxAround } from "../model.js";
import { say } from "../texts.js";
import { onThemeChange, readTheme } from "../theme.js";
import { layersOf, PICKABLE, styleOf } from "./layers.js";
import { setBoardMarks } from "./marks.js";
import { placeAt, straightTrack, trackOf } from "./track.js";

const EMPTY = { type: "FeatureCollection", features: [] };
const FRAME_MS = 250;
const STILL_MS = 5_000;

export class BoardMap extends EventTarget {
  #map;
  #ready;
  #model = null;
  // None before the first ways are there, or are known not to come: trips that are about to move are not drawn.
  #tracks = null;
  #box = null;
  // A fleet without orders shows its stores; the first orders are looked at as soon as there are any.
  #looked = false;
  #popup;
  #now;
  #moved = null;

  /** @param {HTMLElement} container @param {() => number} now the server's clock in ms @throws {Error} without WebGL */
  constructor(container, now) {
    super();
    this.#now = now;
    this.#map = openMap(container, styleOf(readTheme()), () => this.fit());
    this.#popup = new maplibre.Popup({ closeButton: false, closeOnClick: false, className: "tip", offset: 14, maxWidth: "260px" });
    this.#ready = new Promise((resolve) => this.#map.once("load", resolve));
    this.#ready.then(() => this.#begin());
  }

  #begin() {
    setBoardMarks(this.#map, readTheme());
    onThemeChange(() => this.#repaint());
    this.#map.on("click", ({ point }) => {
      const found = this.#under(point);
      if (found) this.dispatchEvent(new CustomEvent("pick", { detail: found.properties }));
    });
    if (canHover) {
      this.#map.on("mousemove", (event) => this.#point(event));
      this.#map.on("mouseout", () => this.#popup.remove());
    }
    const pause = matchMedia("(prefers-reduced-motion: reduce)").matches ? STILL_MS : FRAME_MS;
    setInterval(() => document.hidden || this.#move(), pause);
  }

  /** @param {Object} model of joinLive @returns {Promise<boolean>} whether it looks at another place now */
  async show(model) {
    await this.#ready;
    this.#model = model;
    const features = model.living.map(({ id, order, risk, spareS }) =>
      point(order.location, { order_id: id, risk, urgency: -(spareS ?? -1e6) }),
    );
    this.#set("stops", features);
    this.#set("stores", model.stores.map((store) => point(store.location, { name: store.name || store.id })));
    if (this.#tracks) this.#drawTrips();
    this.#move();
    if (this.#looked) return false;
    this.#box = boxAround([...features, ...model.stores.map((store) => point(store.location, {}))]);
    this.fit({ animate: false });
    this.#looked = features.length > 0;
    await this.#painted("stops");
    return true;
  }

  /** Wait for a source to be on the map. */
  #painted(source) {
    return new Promise((resolve) => {
      const look = () => (this.#map.isSourceLoaded(source) ? resolve() : this.#map.once("render", look));
      this.#map.once("render", look);
    });
  }

  /** Ways along the streets; a trip without one is drawn straight. @param {GeoJSON.FeatureCollection} drawing of plan.geojson */
  async showWays({ features }) {
    await this.#ready;
    this.#tracks = new Map(
      features.map(({ geometry, properties }) => [keyOf(properties.state, properties.trip_id), trackOf(geometry.coordinates, properties.places)]),
    );
    this.#drawTrips();
    this.#move();
  }

  /** @param {?GeoJSON.FeatureCollection} streets */
  async showStreets(streets) {
    await this.#ready;
    this.#map.getSource("streets").setData(streets ?? EMPTY);
  }

  /** Bring out an order and the trips of a vehicle. @param {?string} orderId @param {?string} vehicleId */
  async emphasise(orderId, vehicleId) {
    await this.#ready;
    this.#map.setFilter("order-ring", ["==", ["get", "order_id"], orderId ?? ""]);
    this.#map.setFilter("trip-picked", ["==", ["get", "vehicle_id"], vehicleId ?? ""]);
  }

  /** @param {[number, number]} place lon, lat */
  async goTo(place) {
    await this.#ready;
    if (!this.#map.getBounds().contains(place)) this.#map.easeTo({ center: place, duration: 400 });
  }

  /** @param {{animate?: boolean}} [options] */
  fit({ animate = true } = {}) {
    if (this.#box) this.#map.fitBounds(this.#box, { padding: 48, maxZoom: 16, animate, duration: 400 });
  }

  /** The box of everything at first sight. */
  get box() {
    return this.#box;
  }

  resize() {
    this.#map.resize();
  }

  /** The library's own map, for tests that ask what is painted. */
  get library() {
    return this.#map;
  }

  #set(source, features) {
    this.#map.getSource(source).setData({ type: "FeatureCollection", features });
  }

  #track(trip) {
    const known = this.#tracks?.get(keyOf(trip.state, trip.id));
    return known?.places.length === trip.places.length ? known : straightTrack(trip);
  }

  #drawTrips() {
    const trips = this.#model?.trips ?? [];
    this.#set(
      "trips",
      trips.map((trip) => ({
        type: "Feature",
        geometry: { type: "LineString", coordinates: this.#track(trip).points },
        properties: { trip_id: trip.id, vehicle_id: trip.vehicleId, kind: trip.kind, state: trip.state, tint: trip.vehicle?.tint ?? 0 },
      })),
    );
  }

  #move() {
    if (!this.#model) return;
    const nowMs = this.#now();
    const stores = new Map(this.#model.stores.map((store) => [store.id, store.location]));
    const features = this.#model.vehicles.map((vehicle) => {
      const trip = vehicle.trips.find(({ state }) => state === "out");
      const place = trip ? placeAt(trip, this.#track(trip), nowMs) : (vehicle.life.location ?? stores.get(vehicle.life.store_id));
      return point(place, { vehicle_id: vehicle.id, kind: vehicle.kind, tint: vehicle.tint });
    });
    const state = JSON.stringify(features);
    if (state === this.#moved) return;
    this.#moved = state;
    this.#set("vehicles", features.filter(({ geometry }) => geometry.coordinates));
  }

  #repaint() {
    const theme = readTheme();
    setBoardMarks(this.#map, theme);
    for (const { id, paint } of layersOf(theme)) {
      for (const [property, value] of Object.entries(paint ?? {})) this.#map.setPaintProperty(id, property, value);
    }
  }

  #under(at) {
    return this.#map.queryRenderedFeatures(at, { layers: PICKABLE })[0] ?? null;
  }

  #point({ point: at }) {
    const found = this.#under(at);
    this.#map.getCanvas().style.cursor = found ? "pointer" : "";
    if (!found) return void this.#popup.remove();
    const { order_id: orderId, vehicle_id: vehicleId } = found.properties;
    const task = this.#model.tasks.get(orderId);
    const lines = task
      ? [h("strong", {}, orderId), h("span", { class: `is-${task.risk}` }, say(`risk_${task.risk}`)), task.vehicleId && h("span", {}, task.vehicleId)]
      : [h("strong", {}, vehicleId)];
    this.#popup.setLngLat(found.geometry.coordinates).setDOMContent(h("div", {}, lines)).addTo(this.#map);
  }
}

/** A proposed trip may have the id of one that is committed. */
const keyOf = (state, id) => `${state === "proposed" ? state : "committed"} ${id}`;
const point = (coordinates, properties) => ({ type: "Feature", geometry: { type: "Point", coordinates }, properties });
