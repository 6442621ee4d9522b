/** The service area: a switch, minutes, and what that reaches. */

import { getServiceArea } from "./api.js";
import { byId } from "./dom.js";
import { area as areaText, count, distance } from "./format.js";
import { say } from "./texts.js";

const PAUSE_MS = 150;

export class AreaControl {
  #map;
  #model = null;
  #timer = null;
  #asked = null;

  /** @param {import("./map.js").PlanMap} map */
  constructor(map) {
    this.#map = map;
    this.card = byId("area");
    this.on = byId("area-on");
    this.minutes = byId("area-minutes");
    this.value = byId("area-value");
    this.facts = byId("area-facts");
    this.on.addEventListener("change", () => this.#update());
    this.minutes.addEventListener("input", () => this.#update(PAUSE_MS));
  }

  /** Show the area of the plan's store; a plan without a map has none. @param {?Object} model of joinPlan */
  showFor(model) {
    this.#model = model?.map ? model : null;
    this.card.hidden = !this.#model;
    this.#update();
  }

  #update(pauseMs = 0) {
    clearTimeout(this.#timer);
    this.#asked?.abort();
    this.value.textContent = say("minutes", { count: this.minutes.value });
    this.minutes.setAttribute("aria-valuetext", this.value.textContent);
    this.minutes.disabled = !this.on.checked;
    if (!this.#model || !this.on.checked) {
      this.facts.textContent = "";
      this.#map.showArea(null);
      return;
    }
    if (!this.facts.textContent) this.facts.textContent = say("area_wait");
    this.#timer = setTimeout(() => this.#ask(), pauseMs);
  }

  async #ask() {
    const model = this.#model;
    const asked = (this.#asked = new AbortController());
    try {
      const features = await Promise.all(
        model.request.stores.map((store) => getServiceArea(model.map, store.location, this.minutes.value, asked.signal)),
      );
      if (asked.signal.aborted) return;
      await this.#map.showArea({ type: "FeatureCollection", features });
      this.facts.textContent = factsOf(features);
    } catch (error) {
      if (error.name === "AbortError") return;
      await this.#map.showArea(null);
      this.facts.textContent = say("area_failed", { reason: error.message });
    }
  }
}

/** Only one store's figures can be stated: areas of several overlap and must not be added. */
function factsOf(features) {
  if (features.length !== 1) return "";
  const { streets_m: streets, people, area_km2: km2 } = features[0].properties;
  const values = { streets: distance(streets), area: areaText(km2), people: people === null || people === undefined ? "" : count(people) };
  return say(values.people ? "area_facts" : "area_facts_no_people", values);
}
