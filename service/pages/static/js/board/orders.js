/** Open orders by time left: a list of any length, of which only what is seen is built. */

import { byId, h } from "../dom.js";
import { clock, offsetOf } from "../format.js";
import { say } from "../texts.js";

const ROW_PX = 52;
const SPARE_ROWS = 6;

export class OrderList extends EventTarget {
  #all = [];
  #shown = [];
  #active = null;
  #risk = null;
  #words = "";
  #offsetMin = 0;
  #built = new Map();
  #drawn = false;

  /** @param {() => number} now the server's clock in ms */
  constructor(now) {
    super();
    this.now = now;
    this.box = byId("orders");
    this.space = byId("orders-space");
    this.box.addEventListener("scroll", () => this.#soon(), { passive: true });
    this.box.addEventListener("keydown", (event) => this.#key(event));
    // By keyboard alone: the row under a finger must not move away before the finger is lifted.
    this.box.addEventListener("focus", () => this.box.matches(":focus-visible") && (this.#active ?? this.#activate(0)));
    byId("orders-find").addEventListener("input", ({ target }) => {
      this.#words = target.value.trim().toLowerCase();
      this.#filter();
    });
    new ResizeObserver(() => this.#soon()).observe(this.box);
    setInterval(() => document.hidden || this.#draw(), 1_000);
  }

  /** @param {Object} model of joinLive */
  show(model) {
    this.#offsetMin = offsetOf(model.offsetIso);
    this.#all = model.living;
    this.#filter();
  }

  /** Show one risk only, or all. @param {?string} risk */
  only(risk) {
    this.#risk = risk;
    this.#filter();
  }

  /** Bring the cursor back to the list. */
  focus() {
    this.box.focus({ preventScroll: true });
  }

  #filter() {
    this.#shown = this.#all.filter(
      ({ id, risk, vehicleId }) =>
        (!this.#risk || risk === this.#risk) &&
        (!this.#words || id.toLowerCase().includes(this.#words) || (vehicleId ?? "").toLowerCase().includes(this.#words)),
    );
    byId("orders-count").textContent = say("orders_count", { count: this.#shown.length });
    byId("orders-empty").hidden = this.#shown.length > 0;
    this.space.style.setProperty("height", `${this.#shown.length * ROW_PX}px`);
    this.#draw();
  }

  #soon() {
    if (this.#drawn) return;
    this.#drawn = true;
    requestAnimationFrame(() => {
      this.#drawn = false;
      this.#draw();
    });
  }

  #draw() {
    const first = Math.max(0, Math.floor(this.box.scrollTop / ROW_PX) - SPARE_ROWS);
    const last = Math.min(this.#shown.length, Math.ceil((this.box.scrollTop + this.box.clientHeight) / ROW_PX) + SPARE_ROWS);
    const now = this.now();
    const wanted = new Map();
    for (let index = first; index < last; index++) wanted.set(this.#shown[index].id, index);
    for (const [id, element] of this.#built) {
      if (wanted.has(id)) continue;
      element.remove();
      this.#built.delete(id);
    }
    for (const [id, index] of wanted) {
      const row = this.#row(this.#shown[index], index, now);
      const known = this.#built.get(id);
      if (known?.dataset.state === row.dataset.state) continue;
      if (known) known.replaceWith(row);
      else this.space.append(row);
      this.#built.set(id, row);
    }
    this.#mark();
  }

  #row(task, index, now) {
    const left = Math.ceil((task.promisedMs - now) / 60_000);
    const due = left >= 0 ? say("minutes", { count: left }) : say("over", { count: -left });
    const arrives = task.arriveMs ? say("arrives_at", { time: this.#clock(task.arriveMs) }) : task.line.code ? say(`reasons.${task.line.code}`) : say("no_vehicle_yet");
    const state = [index, this.#shown.length, due, arrives, task.risk, task.vehicleId, task.status, task.line.assigned_to].join("|");
    const known = this.#built.get(task.id);
    if (known?.dataset.state === state) return known;
    const row = h(
      "div",
      {
        class: "order-row", role: "option", id: `order-${task.id}`, "data-order-id": task.id, "data-state": state,
        "aria-setsize": this.#shown.length, "aria-posinset": index + 1, draggable: task.fixed ? null : "true",
        style: { transform: `translateY(${index * ROW_PX}px)` },
      },
      h("span", { class: `mark is-${task.risk}`, role: "img", "aria-label": say(`risk_${task.risk}`) }),
      h("strong", { class: left < 0 ? "due is-late" : "due" }, due),
      h("span", { class: "row-name" }, task.id),
      h("span", { class: "order-what" }, [task.vehicleId, say(`life_${task.status}`)].filter(Boolean).join(" · ")),
      h("span", { class: "figure order-when" }, arrives),
    );
    row.addEventListener("click", () => {
      this.#activate(index);
      this.#tell(task.id);
    });
    row.addEventListener("dragstart", (event) => event.dataTransfer.setData("text/x-order", task.id));
    return row;
  }

  #key(event) {
    const at = this.#shown.findIndex(({ id }) => id === this.#active);
    const page = Math.max(1, Math.floor(this.box.clientHeight / ROW_PX) - 1);
    const moves = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: this.#shown.length - 1 };
    if (event.key in moves) this.#activate(moves[event.key]);
    else if ((event.key === "Enter" || event.key === " ") && at >= 0) this.#tell(this.#active);
    else return;
    event.preventDefault();
  }

  #activate(index) {
    if (!this.#shown.length) return;
    const at = Math.min(Math.max(index, 0), this.#shown.length - 1);
    this.#active = this.#shown[at].id;
    const [top, bottom] = [at * ROW_PX, (at + 1) * ROW_PX];
    if (top < this.box.scrollTop) this.box.scrollTop = top;
    else if (bottom > this.box.scrollTop + this.box.clientHeight) this.box.scrollTop = bottom - this.box.clientHeight;
    this.#draw();
    this.dispatchEvent(new CustomEvent("point", { detail: { orderId: this.#active } }));
  }

  #mark() {
    for (const [id, element] of this.#built) element.setAttribute("aria-selected", String(id === this.#active));
    const there = this.#active && this.#built.has(this.#active);
    if (there) this.box.setAttribute("aria-activedescendant", `order-${this.#active}`);
    else this.box.removeAttribute("aria-activedescendant");
  }

  #clock(ms) {
    return clock(new Date(ms).toISOString(), this.#offsetMin);
  }

  #tell(orderId) {
    this.dispatchEvent(new CustomEvent("open", { detail: { orderId } }));
  }
}
