/** The plan at a glance: promises, money and grams, then what is not served and what each vehicle does. */

import { h } from "./dom.js";
import { day, grams, money, offsetOf, sentence } from "./format.js";
import { language, say } from "./texts.js";
import { pointing, vehicleList } from "./vehicles.js";

const TERMS = ["riding", "distance", "trips", "lateness", "unserved", "carbon"];

/**
 * @param {Object} model of joinPlan
 * @param {import("./choice.js").Choice} choice
 * @param {?string} reportFault why there is no carbon report
 * @returns {Array<HTMLElement>}
 */
export function overview(model, choice, reportFault) {
  return [heading(model), promises(model), emissions(model, reportFault), cost(model), unservedList(model, choice), vehicleList(model, choice)].filter(Boolean);
}

function heading({ plan, time }) {
  const { valid, violations } = plan.verdict;
  const verdict = valid
    ? h("span", { class: "badge is-good", title: say("checked_title") }, say("checked"))
    : h("span", { class: "badge is-bad" }, say("refused", { count: violations.length }));
  return h(
    "header",
    { class: "plan-head" },
    h("h2", {}, say("planned_for", { date: day(plan.now, offsetOf(plan.now)), time: time(plan.now) })),
    h("p", { class: "muted" }, say("engine", { name: plan.engine }), " · ", say("trips_count", { count: plan.trips.length })),
    verdict,
  );
}

function promises({ plan }) {
  const { orders, served, late, late_s: lateS, unserved } = plan.summary;
  if (!orders) return h("p", { class: "state" }, say("no_orders"));
  const parts = [
    ["on_time", served - late, ""],
    ["late", late, late ? say("late_in_all", { minutes: Math.ceil(lateS / 60) }) : ""],
    ["unserved", unserved, ""],
  ];
  return h(
    "section",
    { class: "block", "aria-label": say("served") },
    h("p", { class: "lead" }, h("strong", {}, String(served)), ` ${say("served").toLowerCase()} `, h("span", { class: "muted" }, say("of_orders", { count: orders }))),
    h("div", { class: "split", "aria-hidden": "true" }, parts.map(([name, value]) => value > 0 && h("span", { class: `fill-${name}`, style: { "flex-grow": String(value) } }))),
    h(
      "dl",
      { class: "kpis" },
      parts.map(([name, value, note]) =>
        h("div", {}, h("dt", {}, h("span", { class: `mark is-${name}`, "aria-hidden": "true" }), say(name)), h("dd", {}, String(value), note && [" ", h("small", {}, note)])),
      ),
    ),
  );
}

function emissions({ report }, fault) {
  if (!report) return h("section", { class: "block" }, h("h3", {}, say("emissions")), h("p", { class: "muted" }, say("no_carbon", { reason: fault })));
  const { totals } = report;
  const mean = (value) => (totals.orders ? value / totals.orders : null);
  const rows = [
    ["transport", mean(totals.transport_gco2e)],
    ["packaging", mean(totals.packaging_gco2e)],
  ];
  return h(
    "section",
    { class: "block" },
    h("div", { class: "block-head" }, h("h3", {}, say("emissions")), h("p", { class: "unit" }, "CO₂e")),
    gramsSplit(rows),
    report.findings.map((finding) => language === "en" && h("p", { class: "muted" }, finding)),
    h("p", { class: "muted" }, say("whole_plan", { total: grams(totals.total_gco2e) })),
  );
}

/** Transport and packaging, apart: a bar and a figure each. @param {Array<[string, ?number]>} rows */
export function gramsSplit(rows) {
  const most = Math.max(...rows.map(([, value]) => value ?? 0), 1e-9);
  return h(
    "dl",
    { class: "bars" },
    rows.map(([name, value]) =>
      h("div", {}, h("dt", {}, say(name)), h("dd", {}, h("span", { class: `bar-fill fill-${name}`, "aria-hidden": "true", style: { "--share": String((value ?? 0) / most) } }), h("span", { class: "figure" }, grams(value)))),
    ),
  );
}

function cost({ plan }) {
  const terms = plan.cost.fairness > 0 ? [...TERMS, "fairness"] : TERMS;
  const most = Math.max(...terms.map((term) => plan.cost[term]), 1e-9);
  return h(
    "details",
    { class: "block fold", open: matchMedia("(min-width: 761px)").matches },
    h("summary", { class: "block-head" }, h("h3", {}, say("cost")), h("span", { class: "sum" }, money(plan.cost.total, plan.currency))),
    h(
      "dl",
      { class: "bars" },
      terms.map((term) =>
        h(
          "div",
          { class: plan.cost[term] ? null : "is-zero" },
          h("dt", {}, say(`cost_${term}`)),
          h("dd", {}, h("span", { class: "bar-fill fill-cost", "aria-hidden": "true", style: { "--share": String(plan.cost[term] / most) } }), h("span", { class: "figure" }, money(plan.cost[term], ""))),
        ),
      ),
    ),
  );
}

function unservedList({ unserved, offsetMin }, choice) {
  if (!unserved.length) return null;
  return h(
    "section",
    { class: "block" },
    h("div", { class: "block-head" }, h("h3", {}, say("not_served")), h("span", { class: "sum is-unserved" }, String(unserved.length))),
    h(
      "ul",
      { class: "plain" },
      unserved.map((item) =>
        h(
          "li",
          {},
          h(
            "button",
            {
              type: "button",
              class: "row unserved-row",
              "data-order-id": item.orderId,
              onclick: () => choice.chooseOrder(item.orderId, null),
              ...pointing(choice, null, item.orderId),
            },
            h("span", { class: "mark is-unserved", "aria-hidden": "true" }),
            h("span", { class: "row-name" }, item.orderId),
            h("span", { class: "chip is-unserved" }, say(`reasons.${item.reason.code}`)),
            h("span", { class: "row-text" }, sentence(item.reason.text, offsetMin)),
          ),
        ),
      ),
    ),
  );
}
