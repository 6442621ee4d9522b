/** The day and the moment in figures, and the orders that nobody takes, each with what can be done. */

import { byId, h } from "../dom.js";
import { count, offsetOf, percent, sentence } from "../format.js";
import { say } from "../texts.js";

const MOST_UNSERVED = 50;
const RISKS = ["on_time", "tight", "late", "unserved"];

/** The tiles: what is open by risk, each a filter of the list; and the day. */
export class Figures extends EventTarget {
  #risk = null;
  #gap = null;

  /** How far the plan can be from the best; a gap of null is not proven. @param {{gap: ?number, orders: number}} gap of the API */
  tellGap({ gap, orders }) {
    this.#gap = { gap, orders };
    byId("plan-gap")?.replaceWith(this.#gapTile());
  }

  #gapTile() {
    const { gap, orders } = this.#gap ?? {};
    const note = this.#gap ? say(gap === null ? "gap_none" : "gap_note", { count: orders }) : say("gap_wait");
    const element = tile(say("plan_gap"), gap === null || gap === undefined ? "–" : percent(gap), note);
    element.id = "plan-gap";
    element.title = say("gap_help");
    return element;
  }

  /** @param {Object} model of joinLive */
  show(model) {
    const { day } = model.plan;
    const busy = model.vehicles.filter(({ trips }) => trips.some(({ state }) => state === "out")).length;
    byId("day").replaceChildren(
      tile(say("on_time_share"), day.on_time_share === null ? "–" : percent(day.on_time_share), say("of_delivered", { count: day.delivered })),
      tile(say("open_orders"), count(model.living.length), say("placed_today", { count: day.placed })),
      tile(say("vehicles_out"), `${busy}/${model.vehicles.length}`, say("trips_waiting", { count: model.trips.length - busy })),
      this.#gapTile(),
    );
    for (const button of this.#buttons()) button.querySelector("strong").textContent = count(model.risks[button.dataset.risk]);
  }

  /** One button a risk, built once: whoever stands on one with the keyboard stays there when the plan changes. */
  #buttons() {
    const box = byId("risks");
    if (!box.children.length) {
      box.append(
        ...RISKS.map((risk) =>
          h(
            "button",
            { type: "button", class: `risk is-${risk}`, "aria-pressed": "false", "data-risk": risk, onclick: () => this.#toggle(risk) },
            h("span", { class: `mark is-${risk}`, "aria-hidden": "true" }),
            h("strong", {}),
            h("span", {}, say(`risk_${risk}`)),
          ),
        ),
      );
    }
    return box.children;
  }

  #toggle(risk) {
    this.#risk = this.#risk === risk ? null : risk;
    for (const button of byId("risks").children) button.setAttribute("aria-pressed", String(button.dataset.risk === this.#risk));
    this.dispatchEvent(new CustomEvent("filter", { detail: this.#risk }));
  }
}

function tile(name, value, note) {
  return h("div", {}, h("dt", {}, name), h("dd", {}, h("strong", {}, value), h("small", {}, note)));
}

/**
 * The orders that nobody takes.
 * @param {Object} model of joinLive
 * @param {(orderId: string) => void} onFix open the order with what can be done
 */
export function showUnserved({ unserved, offsetIso }, onFix) {
  byId("unserved").hidden = unserved.length === 0;
  byId("unserved-count").textContent = count(unserved.length);
  const list = byId("unserved-list");
  const state = JSON.stringify(unserved.map(({ id, line }) => [id, line.code, line.text]));
  if (list.dataset.state === state) return;
  list.dataset.state = state;
  const focused = document.activeElement?.closest("#unserved-list li")?.dataset.orderId;
  list.replaceChildren(
    ...unserved.slice(0, MOST_UNSERVED).map(({ id, line }) =>
      h(
        "li",
        { class: "unserved-item", "data-order-id": id },
        h("span", { class: "row-name" }, id),
        line.code && h("span", { class: "chip is-unserved" }, say(`reasons.${line.code}`)),
        h("button", { type: "button", class: "text-button", onclick: () => onFix(id) }, say("fix")),
        h("p", { class: "row-text" }, line.code ? sentence(line.text, offsetOf(offsetIso)) : say("no_vehicle_yet")),
      ),
    ),
  );
  if (focused) list.querySelector(`[data-order-id="${CSS.escape(focused)}"] button`)?.focus({ preventScroll: true });
}
