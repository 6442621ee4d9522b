/** One order, what can be done with it, and what that costs before it is done. */

import { ask } from "../api.js";
import { byId, h } from "../dom.js";
import { clock, lateBy, mass, money, offsetOf, sentence, span } from "../format.js";
import { say } from "../texts.js";

const HOLD_MIN = 5;
const MENDABLE = new Set(["late", "unserved"]);
/** The changes of the API that make a fix, of the kinds that a word of the operator makes. */
const MENDS = {
  promise: ({ promised_at }) => ({ do: "promise", promised_at }),
  shift: ({ vehicle_id, shift_end_at }) => ({ do: "extend", vehicle_id, shift_end_at }),
};
/** What a fix of any kind may need besides what its kind says. */
const BESIDES = ["promised_at", "capacity_orders", "capacity_kg", "capacity_l", "range_m", "battery_wh", "unserved_cost"];
const OWN = { promise: ["promised_at"], unserved_cost: ["unserved_cost"] };

export class OrderCard {
  #live;
  #path;
  #model = null;
  #orderId = null;
  #pricing = null;
  #mending = null;
  #dialog = byId("card");

  /** @param {string} fleetId @param {import("./live.js").LivePlan} live @param {() => void} onClose */
  constructor(fleetId, live, onClose) {
    this.#live = live;
    this.#path = `/v1/fleets/${encodeURIComponent(fleetId)}`;
    this.#dialog.addEventListener("close", () => {
      this.#pricing?.abort();
      this.#mending?.abort();
      this.#orderId = null;
      onClose();
    });
    this.#dialog.addEventListener("click", (event) => event.target === this.#dialog && this.#dialog.close());
  }

  get orderId() {
    return this.#orderId;
  }

  /** Keep up with the plan; what is being chosen stays. @param {Object} model of joinLive */
  follow(model) {
    this.#model = model;
    if (!this.#orderId) return;
    const task = model.tasks.get(this.#orderId);
    if (task) byId("card-facts").replaceChildren(...this.#facts(task));
    else this.#dialog.close();
  }

  /** @param {string} orderId @param {?string} [vehicleId] that it may be given to */
  open(orderId, vehicleId = null) {
    const task = this.#model.tasks.get(orderId);
    if (!task) return;
    this.#orderId = orderId;
    const parts = [
      h(
        "header",
        { class: "card-head" },
        h("h2", { id: "card-title", tabindex: "-1" }, orderId),
        h("span", { class: `badge is-${task.risk}` }, say(`risk_${task.risk}`)),
        h("button", { type: "button", class: "icon-button", "aria-label": say("close"), onclick: () => this.#dialog.close() }, "✕"),
      ),
      h("dl", { class: "facts", id: "card-facts" }, this.#facts(task)),
      task.line.code && h("p", { class: "card-why" }, h("strong", {}, say(`reasons.${task.line.code}`)), " ", sentence(task.line.text, offsetOf(this.#model.offsetIso))),
      !task.fixed && MENDABLE.has(task.risk) && h("div", { class: "card-mend", id: "card-mend", role: "status" }),
      ...(task.fixed ? [h("p", { class: "muted card-note" }, say("card_fixed"))] : [this.#move(task, vehicleId), this.#others(task)]),
      h("p", { class: "card-fault", id: "card-fault", role: "alert", hidden: true }),
    ];
    this.#dialog.replaceChildren(...parts.filter(Boolean));
    if (!this.#dialog.open) this.#dialog.showModal();
    byId("card-vehicle")?.focus();
    if (vehicleId) this.#price(vehicleId);
    if (byId("card-mend")) this.#mend();
  }

  /** What would mend the order, with a button where a word of the operator does it. */
  async #mend() {
    this.#mending?.abort();
    const asked = (this.#mending = new AbortController());
    const box = byId("card-mend");
    box.replaceChildren(h("p", { class: "muted" }, say("mend_wait")));
    try {
      const { body } = await ask(`${this.#path}/plan/mend?order_id=${encodeURIComponent(this.#orderId)}`, { signal: asked.signal });
      if (!asked.signal.aborted) box.replaceChildren(...this.#mended(body));
    } catch (error) {
      if (error.name !== "AbortError") box.replaceChildren(h("p", { class: "muted" }, error.message));
    }
  }

  #mended({ fix, now }) {
    if (!fix) return [h("p", { class: "muted" }, say(now.arrive_at ? "mend_needless" : "mend_none"))];
    const time = (iso) => clock(iso, offsetOf(this.#model.offsetIso));
    const figures = { ...fix, worth: fix.unserved_cost };
    for (const name of ["promised_at", "free_at", "shift_end_at"]) figures[name] = fix[name] && time(fix[name]);
    const besides = BESIDES.filter((name) => fix[name] != null && !(OWN[fix.kind] ?? []).includes(name));
    const words = [say(`mend_${fix.kind}`, figures), ...besides.map((name) => say(`mend_with_${name}`, figures))].join(" ");
    const change = fix.unserved_cost == null && MENDS[fix.kind]?.(fix);
    return [
      h("p", {}, h("strong", {}, say("mend")), " ", words),
      change && h("button", { type: "button", class: "button is-main", onclick: () => this.#change(change) }, say(`mend_${fix.kind}_do`, figures)),
    ].filter(Boolean);
  }

  #facts(task) {
    const { line, order } = task;
    const time = (iso) => clock(iso, offsetOf(this.#model.offsetIso));
    const rows = [
      ["promise", time(order.promised_at)],
      ["eta", line.arrive_at && h("span", {}, time(line.arrive_at), line.late_s > 0 && h("span", { class: "is-late" }, ` ${lateBy(line.late_s)}`))],
      ["vehicle", line.vehicle_id],
      ["stands", say(`life_${line.status}`)],
      ["placed", time(order.placed_at)],
      ["ready", time(order.ready_at)],
      ["load", mass(order.mass_kg)],
      ["waits", line.hold_until && `${say(`hold_${line.hold_why}`)} (${time(line.hold_until)})`],
      ["assigned", line.assigned_to],
      ["held", line.held_until && time(line.held_until)],
    ].filter(([, value]) => value);
    return rows.map(([name, value]) => h("div", {}, h("dt", {}, say(name)), h("dd", {}, value)));
  }

  #move(task, vehicleId) {
    const options = this.#model.vehicles
      .filter((vehicle) => !vehicle.life.leaving && vehicle.id !== task.vehicleId)
      .map(({ id, kind }) => h("option", { value: id, selected: id === vehicleId }, `${id} · ${say(kind)}`));
    const select = h("select", { id: "card-vehicle", onchange: () => this.#price(select.value) }, h("option", { value: "" }, say("choose_vehicle")), options);
    return h(
      "section",
      { class: "card-move" },
      h("label", { for: "card-vehicle" }, say("give_to")),
      select,
      h("div", { id: "card-price", role: "status" }),
    );
  }

  #others({ line, order }) {
    const until = () => new Date(Math.max(this.#live.now(), Date.parse(order.ready_at)) + HOLD_MIN * 60_000).toISOString();
    const steered = line.assigned_to || line.held_until || line.hurried;
    const button = (name, change) => h("button", { type: "button", class: "button", onclick: () => this.#change(change()) }, say(name, { count: HOLD_MIN }));
    return h(
      "div",
      { class: "card-actions" },
      !line.hurried && button("hurry", () => ({ do: "hurry" })),
      button("hold_back", () => ({ do: "hold", until: until() })),
      steered && button("free", () => ({ do: "free" })),
    );
  }

  async #price(vehicleId) {
    this.#pricing?.abort();
    this.#fault(null);
    const box = byId("card-price");
    if (!vehicleId) return void box.replaceChildren();
    const asked = (this.#pricing = new AbortController());
    box.replaceChildren(h("p", { class: "muted" }, say("pricing")));
    try {
      const body = { order_id: this.#orderId, vehicle_id: vehicleId };
      const { body: price } = await ask(`${this.#path}/plan:price`, { method: "POST", body, signal: asked.signal });
      if (!asked.signal.aborted) box.replaceChildren(...this.#priced(price));
    } catch (error) {
      if (error.name !== "AbortError") box.replaceChildren(h("p", { class: "card-fault" }, error.message));
    }
  }

  #priced(price) {
    const time = (iso) => clock(iso, offsetOf(this.#model.offsetIso));
    const arrival = ({ arrive_at: at, late_s: late, code }) =>
      at ? `${time(at)}${late > 0 ? ` (${say("late_by", { minutes: span(late) })})` : ""}` : h("strong", { class: "is-unserved" }, say("price_nobody", { why: say(`reasons.${code}`) }));
    const sign = price.cost > 0 ? "+" : "";
    return [
      h(
        "dl",
        { class: "facts price" },
        h("div", {}, h("dt", {}, say("price_change")), h("dd", {}, h("strong", { class: price.cost > 0 ? "is-late" : "is-on_time" }, sign + money(price.cost, price.currency)))),
        h("div", {}, h("dt", {}, say("price_now")), h("dd", {}, arrival(price.before))),
        h("div", {}, h("dt", {}, say("price_then")), h("dd", {}, arrival(price.after))),
      ),
      price.later.length > 0 && h("p", { class: "muted" }, say("price_later", { count: price.later.length, orders: price.later.slice(0, 5).map((item) => item.order_id).join(", ") })),
      h("button", { type: "button", class: price.after.arrive_at ? "button is-main" : "button", id: "card-confirm", onclick: () => this.#change({ do: "assign", vehicle_id: price.vehicle_id }) }, say("confirm_move", { vehicle: price.vehicle_id })),
    ].filter(Boolean);
  }

  async #change(change) {
    this.#fault(null);
    for (const button of this.#dialog.querySelectorAll(".button")) button.disabled = true;
    try {
      const body = { changes: [{ order_id: this.#orderId, ...change }] };
      await ask(`${this.#path}/plan`, { method: "PATCH", body, headers: { "If-Match": this.#live.etag } });
      const done = say(`done_${change.do}`, { order: this.#orderId, vehicle: change.vehicle_id });
      this.#dialog.close();
      byId("board-said").textContent = done;
      byId("board-said").hidden = false;
    } catch (error) {
      this.#fault(error.status === 412 ? say("stale") : error.message);
      for (const button of this.#dialog.querySelectorAll(".button")) button.disabled = false;
    }
    this.#live.refresh();
  }

  #fault(text) {
    const fault = byId("card-fault");
    if (!fault) return;
    fault.textContent = text ?? "";
    fault.hidden = !text;
  }
}
