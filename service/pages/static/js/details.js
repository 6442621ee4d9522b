/** One order, whole: where it is in the plan, what it emits, and by which factors. */

import { h } from "./dom.js";
import { distance, energy, figure, grams, mass, percent, sentence, standing, volume } from "./format.js";
import { gramsSplit } from "./overview.js";
import { say } from "./texts.js";

/**
 * @param {Object} task of joinPlan
 * @param {Object} model of joinPlan
 * @param {() => void} onBack
 * @param {?string} reportFault why there is no carbon report
 * @param {string} [back] what going back is called
 * @returns {Array<HTMLElement>}
 */
export function details(task, model, onBack, reportFault, back = say("back")) {
  return [
    h(
      "button",
      { type: "button", class: "back", onclick: onBack },
      h("span", { "aria-hidden": "true" }, "‹"),
      back,
    ),
    h(
      "header",
      { class: "plan-head" },
      h("h2", { tabindex: "-1", id: "details-title" }, task.orderId),
      h("span", { class: `badge is-${task.status}` }, standing(task)),
    ),
    facts(task, model),
    task.reason && reasons(task.reason, model),
    task.trip && emissions(task, model, reportFault),
    task.carbon && factors(task, model),
  ].filter(Boolean);
}

function facts(task, { time }) {
  const { order, trip } = task;
  const rows = [
    trip && ["eta", h("strong", {}, time(task.arriveAt))],
    ["promise", time(order.promised_at)],
    ["placed", time(order.placed_at)],
    ["ready", time(order.ready_at)],
    trip && ["vehicle", h("span", { class: "with-swatch", style: { "--tint": `var(--tint-${task.vehicle.tint})` } }, h("span", { class: `swatch is-${task.vehicle.kind}`, "aria-hidden": "true" }), task.vehicle.id)],
    trip && ["stop", say("stop_of", { sequence: task.sequence, count: trip.stops.length })],
    trip && ["departs", time(trip.depart_at)],
    trip && ["returns", time(trip.return_at)],
    ["load", order.volume_l ? `${mass(order.mass_kg)}, ${volume(order.volume_l)}` : mass(order.mass_kg)],
    trip && ["leg", distance(task.leg.distance_m)],
  ].filter(Boolean);
  return h("dl", { class: "facts block" }, rows.map(([name, value]) => h("div", {}, h("dt", {}, say(name)), h("dd", {}, value))));
}

function reasons({ code, text, vehicles }, { offsetMin }) {
  return h(
    "section",
    { class: "block" },
    h("div", { class: "block-head" }, h("h3", {}, say("why")), h("span", { class: "chip is-unserved" }, say(`reasons.${code}`))),
    h("p", {}, sentence(text, offsetMin)),
    vehicles.length > 0 &&
      h(
        "details",
        { class: "fold" },
        h("summary", {}, say("why_each")),
        h(
          "ul",
          { class: "plain factors" },
          vehicles.map((item) => h("li", {}, h("p", {}, h("strong", {}, item.vehicle_id), ` · ${say(`reasons.${item.code}`)}`), h("p", { class: "muted" }, sentence(item.text, offsetMin)))),
        ),
      ),
  );
}

/** An order's grams, and how each of them comes about. @param {Object} task with its `carbon` and its `trip.round` */
export function emissions({ carbon, trip }, { report }, fault) {
  if (!carbon) return h("section", { class: "block" }, h("h3", {}, say("grams_of_order")), h("p", { class: "muted" }, say("no_carbon", { reason: fault })));
  return h(
    "section",
    { class: "block", id: "order-grams" },
    h("div", { class: "block-head" }, h("h3", {}, say("grams_of_order")), h("span", { class: "sum" }, `${grams(carbon.total_gco2e)} CO₂e`)),
    gramsSplit([
      ["transport", carbon.transport_gco2e],
      ["packaging", carbon.packaging_gco2e],
    ]),
    h("h4", {}, say("how")),
    h("ul", { class: "steps" }, steps(carbon, trip.round, gridFactor(report, trip.round)).map((text) => h("li", {}, text))),
  );
}

function steps(carbon, round, grid) {
  const endOfLife = carbon.packaging_end_of_life_gco2e;
  return [
    say("how_round", {
      distance: distance(round.distance_m),
      vehicle: say(`vehicle_classes.${round.vehicle_class}`),
      battery: energy(round.battery_wh),
      grid: energy(round.grid_kwh * 1000),
    }),
    grid && say("how_grid", { grid: energy(round.grid_kwh * 1000), factor: figure(grid.value, grid.unit), grams: grams(round.gco2e) }),
    say(carbon.method === "mass_distance" ? "how_share_mass" : "how_share_equal", { share: percent(carbon.share), reason: sentence(round.method_reason, 0) ?? "" }),
    say("how_packaging", { name: say(`packaging_names.${carbon.packaging}`), grams: grams(carbon.packaging_gco2e) }),
    carbon.packaging_data_class === "default" && say("assumed_packaging"),
    endOfLife === null ? say("end_of_life_unknown") : say("end_of_life", { grams: grams(endOfLife) }),
  ].filter(Boolean);
}

/** A round names its grid factor by key, region and year (or edition). */
function gridFactor(report, round) {
  const idOf = (factor) => `${factor.key}@${factor.region}@${factor.year ?? (factor.edition || "undated")}`;
  return report.factors.find((factor) => idOf(factor) === round.electricity) ?? null;
}

/** The factors behind an order's grams, its grid's first. */
export function factors({ trip }, { report }) {
  const grid = gridFactor(report, trip.round);
  const emitting = report.factors.filter((factor) => factor.gas && factor !== grid);
  const others = report.factors.filter((factor) => !factor.gas);
  return h(
    "section",
    { class: "block" },
    h("h3", {}, say("factors")),
    h("ul", { class: "plain factors" }, [grid, ...emitting].filter(Boolean).map(factorItem)),
    others.length > 0 &&
      h("details", { class: "fold" }, h("summary", {}, say("other_factors", { count: others.length })), h("ul", { class: "plain factors" }, others.map(factorItem))),
  );
}

function factorItem(factor) {
  const where = [factor.region === "default" ? null : factor.region, factor.year, factor.gwp].filter(Boolean).join(" · ");
  const range = factor.lower !== null && factor.upper !== null ? say("range", { lower: figure(factor.lower, "-"), upper: figure(factor.upper, "-") }) : null;
  return h(
    "li",
    {},
    h("p", {}, h("strong", {}, figure(factor.value, factor.unit)), ` ${factor.name}`),
    h("p", { class: "muted" }, [where, range].filter(Boolean).join(" · ")),
    h("p", { class: "muted" }, factor.source),
    h("p", { class: "muted" }, factor.licence),
  );
}
