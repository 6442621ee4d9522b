/** A plan held against itself with another vehicle or other packaging: a what-if study, asked and waited for. */

import { ask, get } from "../api.js";
import { planLabel } from "../chooser.js";
import { byId, h } from "../dom.js";
import { grams } from "../format.js";
import { say } from "../texts.js";

const ASK_AGAIN_MS = 700;
const VEHICLES = ["e_bike", "moped", "cargo_bike", "drone", "electric_van", "diesel_van", "petrol_moped"];
const PACKAGINGS = ["ldpe_bag", "recycled_ldpe_bag", "paper_bag", "carton", "reusable_bag", "none"];
let turn = 0;

/** @param {Array<{id: string, created_at: ?string, status: string}>} plans that are done */
export function fillScenario(plans) {
  byId("scenario-form").hidden = !plans.length;
  if (!plans.length) return void byId("scenario-result").replaceChildren(h("p", { class: "muted" }, say("scenario_none")));
  const same = () => h("option", { value: "" }, say("as_planned"));
  byId("scenario-plan").replaceChildren(...plans.map((plan) => h("option", { value: plan.id }, planLabel(plan))));
  byId("scenario-vehicle").replaceChildren(same(), ...VEHICLES.map((name) => h("option", { value: name }, say(`vehicle_classes.${name}`))));
  byId("scenario-packaging").replaceChildren(same(), ...PACKAGINGS.map((name) => h("option", { value: name }, say(`packaging_names.${name}`))));
  return undefined;
}

byId("scenario-form").addEventListener("submit", (event) => {
  event.preventDefault();
  compare();
});

async function compare() {
  const mine = ++turn;
  const box = byId("scenario-result");
  const [planId, vehicle, packaging] = ["plan", "vehicle", "packaging"].map((name) => byId(`scenario-${name}`).value);
  if (!vehicle && !packaging) return void box.replaceChildren(h("p", { class: "muted" }, say("choose_change")));
  box.replaceChildren(h("p", { class: "muted" }, say("comparing")));
  try {
    const scenario = { name: "page", vehicle: vehicle || null, packaging: packaging || null };
    let { body: study } = await ask("/v1/studies", { method: "POST", body: { kind: "what_if", plan_id: planId, scenario } });
    while (mine === turn && ["queued", "running"].includes(study.status)) {
      await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
      study = await get(`/v1/studies/${encodeURIComponent(study.id)}`);
    }
    if (mine !== turn) return;
    if (study.status !== "done") throw new Error(study.error ?? say("study_canceled"));
    box.replaceChildren(...shown(study.result));
  } catch (error) {
    box.replaceChildren(h("p", { class: "fault", role: "alert" }, error.message));
  }
}

function shown({ comparison, difference }) {
  const change = (value) => `${value > 0 ? "+" : value < 0 ? "−" : ""}${grams(Math.abs(value))}`;
  const { total_gco2e: total, transport_gco2e: transport, packaging_gco2e: packaging, orders } = comparison;
  const range = difference?.total_gco2e;
  return [
    h("p", { class: `change ${total <= 0 ? "is-less" : "is-more"}` }, `${change(total)} CO₂e`),
    h("p", {}, say("change_totals", { base: grams(comparison.base.totals.total_gco2e), other: grams(comparison.other.totals.total_gco2e) })),
    h("p", {}, say("change_parts", { transport: change(transport), packaging: change(packaging), count: orders.length })),
    range && change(range.p5) !== change(range.p95) && h("p", { class: "muted" }, say("change_range", { low: change(range.p5), high: change(range.p95) })),
    Object.keys(comparison.kept).length > 0 && h("p", { class: "muted" }, say("change_kept", { count: Object.keys(comparison.kept).length })),
  ].filter(Boolean);
}
