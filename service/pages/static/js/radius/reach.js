/** The slider: how far, what that reaches, shown at once; the last answer stays until the next is there. */

import { getInTurn } from "../api.js";
import { byId, h } from "../dom.js";
import { area as areaText, count, distance } from "../format.js";
import { say } from "../texts.js";
import { inside } from "./inside.js";

const PAUSE_MS = 120;
const SCALES = { minutes: { min: 2, max: 30, step: 1, start: 10 }, metres: { min: 500, max: 5_000, step: 100, start: 2_000 } };

export class Reach {
  #map;
  #by = "minutes";
  #values = { minutes: SCALES.minutes.start, metres: SCALES.metres.start };
  #place = null;
  #orders = [];
  #timer = null;
  #asked = null;

  /** @param {?import("./map.js").StudioMap} map */
  constructor(map) {
    this.#map = map;
    this.slider = byId("reach");
    this.slider.addEventListener("input", () => {
      this.#values[this.#by] = Number(this.slider.value);
      this.#say();
      this.#soon(PAUSE_MS);
    });
    for (const button of document.querySelectorAll("[data-by]")) button.addEventListener("click", () => this.#measure(button.dataset.by));
    this.#measure("minutes");
  }

  /** @param {{map: string, location: [number, number]}} place */
  from(place) {
    this.#place = place;
    this.#map?.set("place", { type: "Feature", geometry: { type: "Point", coordinates: place.location }, properties: {} });
    this.#soon(0);
  }

  /** Orders to count. @param {Array<[number, number]>} places */
  count(places) {
    this.#orders = places;
    this.#soon(0);
  }

  #measure(by) {
    this.#by = by;
    const { min, max, step } = SCALES[by];
    Object.assign(this.slider, { min, max, step, value: this.#values[by] });
    for (const button of document.querySelectorAll("[data-by]")) button.setAttribute("aria-pressed", String(button.dataset.by === by));
    this.#say();
    this.#soon(0);
  }

  #say() {
    const value = this.#values[this.#by];
    const text = this.#by === "minutes" ? say("minutes", { count: value }) : distance(value);
    byId("reach-value").textContent = text;
    this.slider.setAttribute("aria-valuetext", text);
  }

  #soon(pauseMs) {
    clearTimeout(this.#timer);
    if (this.#place) this.#timer = setTimeout(() => this.#ask(), pauseMs);
  }

  async #ask() {
    this.#asked?.abort();
    const asked = (this.#asked = new AbortController());
    byId("reach-facts").classList.add("is-old");
    const { map, location: [lon, lat] } = this.#place;
    const far = this.#by === "minutes" ? { minutes: this.#values.minutes } : { radius_m: this.#values.metres };
    try {
      const area = await getInTurn(`/v1/service-areas?${new URLSearchParams({ map, lon, lat, ...far })}`, asked.signal);
      if (asked.signal.aborted) return;
      this.#show(area);
    } catch (error) {
      if (error.name === "AbortError") return;
      byId("reach-fault").textContent = error.message;
      byId("reach-fault").hidden = false;
    }
  }

  #show(area) {
    byId("reach-fault").hidden = true;
    this.#map?.area(area);
    const { streets_m: streets, people, area_km2: km2 } = area.properties;
    const orders = this.#orders.filter((place) => inside(place, area.geometry)).length;
    const tiles = [
      [say("people"), people === null ? "–" : count(people)],
      [say("area"), areaText(km2)],
      [say("streets"), distance(streets)],
      this.#orders.length > 0 && [say("orders_reached"), `${count(orders)} / ${count(this.#orders.length)}`],
    ].filter(Boolean);
    byId("reach-facts").classList.remove("is-old");
    byId("reach-facts").replaceChildren(...tiles.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, h("strong", {}, value)))));
  }
}
