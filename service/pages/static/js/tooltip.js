/** What the map says of the thing under the pointer. */

import { h } from "./dom.js";
import { distance, grams, standing } from "./format.js";
import { say } from "./texts.js";

/** @param {Object} properties of the feature @param {Object} model of joinPlan @returns {?HTMLElement} */
export function tooltipOf(properties, model) {
  const task = model?.tasks.get(properties.order_id);
  if (task?.status === "unserved") {
    return h("div", {}, h("strong", {}, task.orderId), h("span", { class: "is-unserved" }, say(`reasons.${task.reason.code}`)));
  }
  if (task) {
    return h(
      "div",
      {},
      h("strong", {}, `${model.time(task.arriveAt)} · ${task.orderId}`),
      h("span", { class: `is-${task.status}` }, standing(task)),
      h("span", {}, `${task.vehicle.id} · ${grams(properties.total_gco2e)}`),
    );
  }
  if (!properties.trip_id) return null;
  return h(
    "div",
    {},
    h("strong", {}, properties.vehicle_id),
    h("span", {}, `${model.time(properties.depart_at)} – ${model.time(properties.return_at)}`),
    h("span", {}, `${say("orders_count", { count: properties.stops })} · ${distance(properties.distance_m)} · ${grams(properties.transport_gco2e)}`),
  );
}
