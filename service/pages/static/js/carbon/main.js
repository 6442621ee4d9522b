/** The carbon report of stores over some days. */

import { get, getCarbon, getInTurn, getPlan } from "../api.js";
import { details, emissions, factors } from "../details.js";
import { byId, h } from "../dom.js";
import { count, grams, percent } from "../format.js";
import { joinPlan } from "../model.js";
import { failure, loading } from "../states.js";
import { say } from "../texts.js";
import { drawSpread, drawTrend } from "./charts.js";
import { fillScenario } from "./scenario.js";

const FORMATS = ["pdf", "xlsx", "csv", "json", "html"];
const MOST_SHOWN = 100;
const dialog = byId("card");
let found = null;
let asked = null;

async function start() {
  state(loading(say("carbon_loading")));
  try {
    const { stores, first_day: first, last_day: last } = await get("/v1/carbon/stores");
    byId("store").append(...stores.map((store) => h("option", { value: store }, store)));
    byId("from").value = first ?? "";
    byId("to").value = last ?? "";
    fillLedger();
    if (!stores.length || !first) return state(nothing());
    const plans = (await get("/v1/plans?limit=50").catch(() => ({ plans: [] }))).plans;
    fillScenario(plans.filter(({ status }) => status === "done"));
    await show();
  } catch (error) {
    state(failure(say("carbon_error"), error.message, start));
  }
}

function state(nodes) {
  byId("state").replaceChildren(...(nodes ?? []));
  byId("report").hidden = Boolean(nodes);
}

function nothing() {
  return [h("div", { class: "state box" }, h("h2", {}, say("carbon_empty_title")), h("p", {}, say("carbon_empty_text")), h("p", { class: "exports" }, ["board", "plans"].map((name) => h("a", { href: `/${name}` }, say(`page_${name}`)))))];
}

function query() {
  const values = { from: byId("from").value, to: byId("to").value, store: byId("store").value };
  return new URLSearchParams(Object.entries(values).filter(([, value]) => value)).toString();
}

async function show() {
  asked?.abort();
  asked = new AbortController();
  const mine = asked;
  if (!found) state(loading(say("carbon_loading")));
  byId("report").classList.add("is-old");
  try {
    found = await getInTurn(`/v1/carbon/figures?${query()}`, mine.signal);
  } catch (error) {
    if (error.name !== "AbortError") state(failure(say("carbon_error"), error.message, show));
    return;
  }
  byId("report").classList.remove("is-old");
  if (!found.totals.orders) {
    found = null;
    return void state([h("div", { class: "state box" }, h("h2", {}, say("no_rounds_title")), h("p", {}, say("no_rounds_text")))]);
  }
  state(null);
  fill();
}

function fill() {
  const { totals, before, days } = found;
  byId("totals").replaceChildren(
    ...[
      [say("total"), `${grams(totals.total_gco2e)}`, versus(totals.total_gco2e, before?.total_gco2e)],
      [say("per_order"), grams(totals.gco2e_per_order), versus(totals.gco2e_per_order, before?.gco2e_per_order)],
      [say("transport"), grams(totals.transport_gco2e), percent(totals.transport_gco2e / totals.total_gco2e)],
      [say("packaging"), grams(totals.packaging_gco2e), percent(totals.packaging_gco2e / totals.total_gco2e)],
      [say("orders"), count(totals.orders), say("rounds_count", { count: totals.rounds })],
    ].map(([name, value, note]) => h("div", {}, h("dt", {}, name), h("dd", {}, h("strong", {}, value), h("small", {}, note)))),
  );
  drawTrend(byId("trend"), days);
  drawSpread(byId("spread"), found.histogram);
  byId("parts").replaceChildren(parts(totals), packagings(found.packaging));
  byId("classes").replaceChildren(...classes(found.classes));
  listOrders();
  byId("files").replaceChildren(...FORMATS.map((name) => h("a", { href: `/v1/carbon/report.${name}?${query()}`, download: "" }, name.toUpperCase())));
  byId("left-out").replaceChildren(...(found.left_out.length ? [h("details", { class: "fold" }, h("summary", {}, say("left_out", { count: found.left_out.length })), h("ul", { class: "plain factors", lang: "en" }, found.left_out.map((text) => h("li", {}, text))))] : []));
}

function versus(now, earlier) {
  if (!earlier) return say("no_period_before");
  const share = now / earlier - 1;
  return say("against_before", { change: `${share > 0 ? "+" : "−"}${percent(Math.abs(share))}` });
}

function bars(rows) {
  const most = Math.max(...rows.map(({ value }) => value), 1e-9);
  return h(
    "dl",
    { class: "bars is-wide" },
    rows.map(({ name, value, text, fill }) =>
      h("div", {}, h("dt", {}, name), h("dd", {}, h("span", { class: `bar-fill ${fill}`, "aria-hidden": "true", style: { "--share": String(value / most) } }), h("span", { class: "figure" }, text))),
    ),
  );
}

function parts({ orders, transport_gco2e: transport, packaging_gco2e: packaging }) {
  return bars([
    { name: say("transport"), value: transport, fill: "fill-transport", text: say("an_order", { grams: grams(transport / orders) }) },
    { name: say("packaging"), value: packaging, fill: "fill-packaging", text: say("an_order", { grams: grams(packaging / orders) }) },
  ]);
}

function packagings(rows) {
  return h("ul", { class: "plain muted" }, rows.map((row) => h("li", {}, `${say(`packaging_names.${row.packaging}`)}: ${say("orders_count", { count: row.orders })}, ${say("an_order", { grams: grams(row.packaging_gco2e / row.orders) })}`)));
}

function classes(rows) {
  const means = rows.map((row) => ({ ...row, mean: row.transport_gco2e / row.orders }));
  return [
    bars(means.map(({ vehicle_class: name, mean, orders }) => ({ name: say(`vehicle_classes.${name}`), value: mean, fill: "fill-transport", text: `${grams(mean)} · ${say("orders_count", { count: orders })}` }))),
    h("p", { class: "muted" }, say("classes_note")),
  ];
}

function listOrders() {
  const words = byId("find").value.trim().toLowerCase();
  const shown = found.orders.filter((each) => each.order_id.toLowerCase().includes(words)).slice(0, MOST_SHOWN);
  byId("order-list").replaceChildren(
    ...shown.map((each) =>
      h(
        "li",
        {},
        h(
          "button",
          { type: "button", class: "order-line", onclick: () => open(each) },
          h("span", { class: "row-name" }, each.order_id),
          h("span", { class: "muted" }, say(`vehicle_classes.${each.vehicle_class}`)),
          h("span", { class: "figure" }, grams(each.total_gco2e)),
        ),
      ),
    ),
  );
  if (!shown.length) byId("order-list").append(h("li", { class: "muted quiet" }, say("no_such_orders")));
}

/** What is known of an order that was dispatched live: there is no plan to look it up in. */
function live(order) {
  const task = { carbon: { ...order, ...order.how }, trip: { round: order.how.round } };
  return [
    h("button", { type: "button", class: "back", onclick: () => dialog.close() }, h("span", { "aria-hidden": "true" }, "‹"), say("back_report")),
    h("header", { class: "plan-head" }, h("h2", { tabindex: "-1", id: "details-title" }, order.order_id)),
    emissions(task, { report: found }),
    factors(task, { report: found }),
  ];
}

/** An order's label, and how each of its grams comes about. */
async function open(order) {
  const { plan_id: planId, order_id: orderId } = order;
  if (planId === null) {
    dialog.replaceChildren(...live(order));
    dialog.showModal();
    return void byId("details-title").focus();
  }
  dialog.replaceChildren(...loading(say("carbon_loading")));
  dialog.showModal();
  try {
    const [stored, report] = await Promise.all([getPlan(planId), getCarbon(planId)]);
    const model = joinPlan(stored, report);
    const label = `/v1/plans/${encodeURIComponent(planId)}/orders/${encodeURIComponent(orderId)}/label`;
    const card = h("img", { class: "label-card", src: `${label}.svg`, width: 320, height: 234, alt: say("label_of", { order: orderId }), lang: "en" });
    dialog.replaceChildren(...details(model.tasks.get(orderId), model, () => dialog.close(), null, say("back_report")), h("h3", {}, say("label")), card);
    byId("details-title").focus();
  } catch (error) {
    dialog.replaceChildren(...failure(say("carbon_error"), error.message, () => open(order)));
  }
}

async function fillLedger() {
  const box = byId("ledger");
  try {
    const ledger = await get("/v1/carbon/ledger");
    if (ledger.valid === null) {
      return void box.replaceChildren(h("p", {}, say("ledger_none")), h("pre", {}, h("code", {}, "swiftleaf ledger record DATA_DIR/ledger.jsonl request.json plan.json\nswiftleaf ledger book --data-dir DATA_DIR")));
    }
    const when = ledger.valid ? ["is-good", "ledger_valid"] : ["is-bad", "ledger_broken"];
    box.replaceChildren(
      h("p", { class: `ledger-state ${when[0]}` }, h("i", { "aria-hidden": "true" }), say(when[1])),
      h("p", { class: "muted" }, say("ledger_entries", { count: ledger.entries })),
      ...(ledger.head ? [h("p", { class: "hash muted" }, ledger.head)] : []),
      h("ul", { class: "plain factors", lang: "en" }, ledger.findings.map((text) => h("li", {}, text))),
    );
  } catch (error) {
    const own = error.status === 403; // a key of some stores: nothing is wrong
    box.replaceChildren(own ? h("p", { class: "muted" }, say("ledger_forbidden")) : h("p", { class: "fault", role: "alert" }, error.message));
  }
  return undefined;
}

byId("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  show();
});
byId("find").addEventListener("input", () => found && listOrders());
dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
start();
