/** Each vehicle's trips on one axis of time; a row takes an order that is dropped on it. */

import { byId, h } from "../dom.js";
import { clock, distance, number, offsetOf } from "../format.js";
import { say } from "../texts.js";

const MINUTE_MS = 60_000;
const STEP_MS = 5 * MINUTE_MS;
const BEFORE_MS = 10 * MINUTE_MS;
const LEAST_MS = 45 * MINUTE_MS;
const MOST_MS = 120 * MINUTE_MS;
const LABELS = 6;
// What a label takes of its step on a phone: the last one may not run out of the axis.
const LABEL_SHARE = 0.85;

export class Timeline extends EventTarget {
  #rows = new Map();
  #model = null;
  #window = null;
  #offsetMin = 0;
  #hints = new Map();
  #aheadMin = 0;

  /** @param {() => number} now the server's clock in ms */
  constructor(now) {
    super();
    this.now = now;
    this.list = byId("timeline-rows");
    this.axis = byId("timeline-axis");
    this.line = byId("timeline-now");
    setInterval(() => this.#tick(), 1_000);
  }

  /** @param {Object} model of joinLive */
  show(model) {
    this.#model = model;
    this.#offsetMin = offsetOf(model.offsetIso);
    const focused = document.activeElement?.closest(".lane")?.dataset.vehicleId;
    this.#frame(model);
    const seen = new Set();
    const nodes = model.vehicles.map((vehicle) => {
      seen.add(vehicle.id);
      return this.#row(vehicle);
    });
    for (const id of this.#rows.keys()) if (!seen.has(id)) this.#rows.delete(id);
    const same = nodes.length === this.list.children.length && nodes.every((node, index) => node === this.list.children[index]);
    if (!same) this.list.replaceChildren(...nodes);
    // A row that was built anew, or moved, must not lose who stands on it with the keyboard.
    const there = focused && this.#rows.get(focused)?.element.querySelector("button");
    if (there && there !== document.activeElement) there.focus({ preventScroll: true });
    byId("timeline-empty").hidden = nodes.length > 0;
    this.#tick();
  }

  /** Where idle riders should wait; rows say so when a plan is shown next. @param {Object} waiting of the API */
  tellHints({ at, until, hints }) {
    this.#hints = new Map(hints.map((hint) => [hint.vehicle_id, hint]));
    this.#aheadMin = Math.round((Date.parse(until) - Date.parse(at)) / 60_000);
  }

  /** @param {?string} vehicleId */
  choose(vehicleId) {
    for (const [id, { element }] of this.#rows) element.classList.toggle("is-chosen", id === vehicleId);
    this.#rows.get(vehicleId)?.element.scrollIntoView({ block: "nearest" });
  }

  #frame({ trips }) {
    // From where the trips on the road began, but no further back than ten minutes: before that there is nothing to see.
    const began = Math.min(this.now() - MINUTE_MS, ...trips.filter(({ state }) => state === "out").map(({ departMs }) => departMs));
    const start = Math.floor(Math.max(began, this.now() - BEFORE_MS) / MINUTE_MS) * MINUTE_MS;
    const last = Math.max(start + LEAST_MS, ...trips.map((trip) => trip.returnMs));
    const end = Math.min(Math.ceil((last + MINUTE_MS) / MINUTE_MS) * MINUTE_MS, start + MOST_MS);
    if (this.#window?.start === start && this.#window.end === end) return;
    this.#window = { start, end };
    const every = Math.ceil((end - start) / LABELS / STEP_MS) * STEP_MS;
    const marks = [];
    for (let at = Math.ceil(start / every) * every; at < end - every * LABEL_SHARE; at += every) {
      marks.push(h("span", { style: { "--from": this.#share(at) } }, clock(new Date(at).toISOString(), this.#offsetMin)));
    }
    this.axis.replaceChildren(...marks);
  }

  #share(ms) {
    const { start, end } = this.#window;
    return Math.min(Math.max((ms - start) / (end - start), 0), 1).toFixed(4);
  }

  #tick() {
    if (!this.#window) return;
    const now = this.now();
    if (now - this.#window.start > BEFORE_MS + STEP_MS) return this.show(this.#model);
    this.line.style.setProperty("--from", this.#share(now));
    return undefined;
  }

  /** The vehicle's row, built anew only if something in it has changed. */
  #row(vehicle) {
    const { start, end } = this.#window;
    const state = JSON.stringify([
      start, end, vehicle.tint, vehicle.life.overdue, vehicle.life.leaving, this.#hint(vehicle),
      vehicle.trips.map((trip) => [trip.id, trip.state, trip.departMs, trip.returnMs, trip.stops.map(({ task, arriveMs, open }) => [task?.risk, arriveMs, open])]),
    ]);
    const known = this.#rows.get(vehicle.id);
    if (known?.state === state) return known.element;
    const element = this.#build(vehicle);
    if (known) {
      element.classList.toggle("is-chosen", known.element.classList.contains("is-chosen"));
      known.element.replaceWith(element);
    }
    this.#rows.set(vehicle.id, { state, element });
    return element;
  }

  /** The hint of a vehicle that is idle still. */
  #hint(vehicle) {
    return vehicle.trips.length ? undefined : this.#hints.get(vehicle.id);
  }

  #build(vehicle) {
    const hint = this.#hint(vehicle);
    const wait = hint && say("wait_at", { store: hint.store_id });
    const why = hint && say("wait_why", { orders: number(hint.expected, 1), minutes: this.#aheadMin, way: distance(hint.away_m) });
    const orders = vehicle.trips.reduce((sum, trip) => sum + trip.stops.length, 0);
    const note = vehicle.life.overdue ? "overdue" : vehicle.life.leaving ? "leaving" : null;
    const label = [vehicle.id, say(vehicle.kind), note && say(`vehicle_${note}`), say("orders_count", { count: orders }), wait, why];
    const element = h(
      "li",
      { class: "lane", "data-vehicle-id": vehicle.id, style: { "--tint": `var(--tint-${vehicle.tint})` } },
      h(
        "button",
        { type: "button", class: "lane-name", onclick: () => this.#tell("choose", { vehicleId: vehicle.id }), "aria-label": label.filter(Boolean).join(", ") },
        h("span", { class: `swatch is-${vehicle.kind}`, "aria-hidden": "true" }),
        h("span", { class: "row-name" }, vehicle.id),
        note && h("span", { class: "chip is-late" }, say(`vehicle_${note}`)),
        h("span", { class: "muted figure" }, orders || ""),
      ),
      h("div", { class: "lane-track" }, vehicle.trips.map((trip) => this.#trip(trip)), hint && h("p", { class: "lane-hint", title: why }, h("strong", {}, wait), ` · ${why}`)),
    );
    element.addEventListener("dragover", (event) => {
      if (!event.dataTransfer.types.includes("text/x-order")) return;
      event.preventDefault();
      element.classList.add("is-target");
    });
    element.addEventListener("dragleave", (event) => element.contains(event.relatedTarget) || element.classList.remove("is-target"));
    element.addEventListener("drop", (event) => {
      event.preventDefault();
      element.classList.remove("is-target");
      this.#tell("drop", { orderId: event.dataTransfer.getData("text/x-order"), vehicleId: vehicle.id });
    });
    return element;
  }

  #trip(trip) {
    return [
      h("span", { class: `ride is-${trip.state}`, style: { "--from": this.#share(trip.departMs), "--to": this.#share(trip.returnMs) } }),
      trip.stops.map(({ orderId, task, arriveMs, open }) => {
        const movable = task && !task.fixed;
        const tick = h("span", {
          class: `tick is-${open ? (task?.risk ?? "on_time") : "done"}`,
          style: { "--from": this.#share(arriveMs) },
          title: `${orderId} · ${clock(new Date(arriveMs).toISOString(), this.#offsetMin)}`,
          "data-order-id": orderId,
          draggable: movable ? "true" : null,
        });
        tick.addEventListener("click", () => this.#tell("order", { orderId }));
        if (movable) tick.addEventListener("dragstart", (event) => event.dataTransfer.setData("text/x-order", orderId));
        return tick;
      }),
    ];
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
