/** Each vehicle's trips: when it leaves, when it is where, and what that emits. */

import { canHover, h } from "./dom.js";
import { distance, grams, lateBy } from "./format.js";
import { say } from "./texts.js";

/** @param {Object} model of joinPlan @param {import("./choice.js").Choice} choice @returns {HTMLElement} */
export function vehicleList(model, choice) {
  const busy = model.vehicles.filter((vehicle) => vehicle.trips.length);
  const idle = model.vehicles.filter((vehicle) => !vehicle.trips.length);
  const span = spanOf(model);
  const list = h("div", { class: "vehicles" }, busy.map((vehicle) => card(vehicle, model, choice, span)));
  return h(
    "section",
    { class: "block" },
    h("div", { class: "block-head" }, h("h3", {}, say("vehicles")), foldButton(list)),
    h("p", { class: "muted" }, say("grams_note")),
    list,
    idle.length > 0 && h("p", { class: "muted idle" }, `${say("idle_count", { count: idle.length })}: ${idle.map(({ id }) => id).join(", ")}`),
  );
}

function foldButton(list) {
  const button = h("button", { type: "button", class: "text-button" }, say("collapse_all"));
  button.addEventListener("click", () => {
    const cards = [...list.querySelectorAll("details")];
    const open = cards.some((item) => item.open);
    for (const item of cards) item.open = !open;
    button.textContent = say(open ? "expand_all" : "collapse_all");
  });
  return button;
}

/** First and last moment of the plan, in ms. */
function spanOf({ plan }) {
  const start = Date.parse(plan.now);
  return { start, length: Math.max(...plan.trips.map((trip) => Date.parse(trip.return_at)), start + 1) - start };
}

function card(vehicle, model, choice, span) {
  const orders = vehicle.trips.reduce((sum, trip) => sum + trip.stops.length, 0);
  const transport = vehicle.trips.reduce((sum, trip) => sum + trip.transport_gco2e, 0);
  return h(
    "details",
    { class: "vehicle", open: true, style: { "--tint": `var(--tint-${vehicle.tint})` } },
    h(
      "summary",
      { class: "vehicle-head" },
      h("span", { class: `swatch is-${vehicle.kind}`, role: "img", "aria-label": say(vehicle.kind) }),
      h("span", { class: "row-name" }, vehicle.id),
      h("span", { class: "muted" }, say("orders_count", { count: orders })),
      h("span", { class: "figure" }, say("grams_transport", { grams: grams(transport) })),
      timeline(vehicle, span),
    ),
    vehicle.trips.map((trip) => tripBlock(trip, model, choice)),
  );
}

function timeline(vehicle, span) {
  const at = (iso) => String((Date.parse(iso) - span.start) / span.length);
  return h(
    "span",
    { class: "timeline", "aria-hidden": "true" },
    vehicle.trips.map((trip) => [
      h("span", { class: "ride", style: { "--from": at(trip.depart_at), "--to": at(trip.return_at) } }),
      trip.stops.map((stop) => h("span", { class: `tick is-${stop.status}`, style: { "--from": at(stop.arriveAt) } })),
    ]),
  );
}

function tripBlock(trip, { time }, choice) {
  const [depart, back] = [time(trip.depart_at), time(trip.return_at)];
  const figures = { depart, return: back, distance: distance(trip.distance_m), grams: grams(trip.transport_gco2e) };
  return h(
    "div",
    { class: "trip", "data-trip-id": trip.id },
    h(
      "button",
      {
        type: "button",
        class: "row trip-row",
        "aria-label": say("trip_row", figures),
        "aria-pressed": "false",
        onclick: () => choice.chooseTrip(trip.id),
        ...pointing(choice, trip.id),
      },
      h("span", { class: "row-name" }, `${depart} → ${back}`),
      h("span", { class: "muted" }, figures.distance),
      h("span", { class: "figure" }, figures.grams),
    ),
    h("ol", { class: "plain" }, trip.stops.map((stop) => h("li", {}, stopRow(stop, time, choice)))),
  );
}

function stopRow(stop, time, choice) {
  const total = grams(stop.carbon?.total_gco2e);
  const eta = time(stop.arriveAt);
  const late = stop.status === "late";
  return h(
    "button",
    {
      type: "button",
      class: "row stop-row",
      "data-order-id": stop.orderId,
      "aria-label": say("stop_row", { sequence: stop.sequence, order: stop.orderId, eta, status: say(`status_${stop.status}`), grams: total }),
      onclick: () => choice.chooseOrder(stop.orderId, stop.trip.id),
      ...pointing(choice, stop.trip.id, stop.orderId),
    },
    h("span", { class: `mark is-${stop.status}` }, String(stop.sequence)),
    h("span", { class: "eta" }, eta),
    h("span", { class: "row-name" }, stop.orderId),
    late
      ? h("span", { class: "chip is-late" }, lateBy(stop.lateS))
      : h("span", { class: "muted" }, say("by", { time: time(stop.order.promised_at) })),
    h("span", { class: "figure" }, total),
  );
}

/** Pointing at a row, with a pointer or the keyboard, brings its trip out on the map. */
export function pointing(choice, tripId, orderId = null) {
  const point = () => choice.hover(tripId, orderId);
  const leave = () => choice.hover(null);
  const focus = ({ target }) => target.matches(":focus-visible") && point();
  const keyboard = { onfocus: focus, onblur: leave };
  return canHover ? { ...keyboard, onmouseenter: point, onmouseleave: leave } : keyboard;
}
