/** The plans there are, newest first, and which one is shown. The address keeps the choice: `?plan=ID`. */

import { byId, h } from "./dom.js";
import { moment } from "./format.js";
import { say } from "./texts.js";

export class Chooser {
  /** @param {(id: string) => void} onChoose */
  constructor(onChoose) {
    this.box = byId("chooser");
    this.select = byId("plans");
    this.select.addEventListener("change", () => {
      remember("plan", this.select.value);
      onChoose(this.select.value);
    });
  }

  /** Fill the list and say which plan to show: the address's if it is there, else the newest. @returns {?string} */
  fill(plans) {
    const wanted = new URLSearchParams(location.search).get("plan");
    const chosen = plans.some(({ id }) => id === wanted) ? wanted : (plans[0]?.id ?? null);
    this.select.replaceChildren(...plans.map((plan) => h("option", { value: plan.id, selected: plan.id === chosen }, planLabel(plan))));
    this.box.hidden = plans.length < 2;
    return chosen;
  }
}

/** Keep a choice in the page's address, or none. @param {string} name @param {?string} value */
export function remember(name, value) {
  const address = new URL(location.href);
  if (value === null) address.searchParams.delete(name);
  else address.searchParams.set(name, value);
  history.replaceState(null, "", address);
}

/** What a stored plan is called in a list. @param {{id: string, created_at: ?string, status: string}} plan */
export function planLabel({ id, created_at: createdAt, status }) {
  const name = `${createdAt ? moment(createdAt) : ""} · ${id.slice(-6)}`;
  return status === "done" ? name : `${name} · ${say(`plan_status.${status}`)}`;
}
