/** The slider: how far, what that reaches, shown at once; the last answer stays until the next is there. */

import { getInTurn } from "../api.js";
import { byId, h } from "../dom.js";
import { area as areaText, count, distance, number } from "../format.js";
import { say } from "../texts.js";
import { inside } from "./inside.js";

const PAUSE_MS = 120;
const TOWARDS_CORNER = 0.7;
const SCALES = { minutes: { min: 2, max: 30, step: 1, start: 10 }, metres: { min: 500, max: 5_000, step: 100, start: 2_000 } };

export class Reach {
  #map;
  #by = "minutes";
  #values = { minutes: SCALES.minutes.start, metres: SCALES.metres.start };
  #place = null;
  #area = null;
  #orders = [];
  #demand = [];
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
    this.#tell();
  }

  /** Orders to expect, by hexagon; none where nothing is known. @param {?GeoJSON.FeatureCollection} demand */
  expect(demand) {
    this.#demand = (demand?.features ?? []).map(({ geometry, properties }) => ({ places: samplesOf(geometry.coordinates[0]), expected: properties.expected }));
    this.#tell();
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
      byId("reach-fault").hidden = true;
      this.#area = area;
      byId("reach-facts").classList.remove("is-old");
      this.#map?.area(area);
      this.#tell();
    } catch (error) {
      if (error.name === "AbortError") return;
      byId("reach-fault").textContent = error.message;
      byId("reach-fault").hidden = false;
    }
  }

  #tell() {
    const area = this.#area;
    if (!area) return;
    const { streets_m: streets, people, area_km2: km2 } = area.properties;
    const reached = (places) => places.filter((place) => inside(place, area.geometry)).length;
    const all = this.#demand.reduce((sum, { expected }) => sum + expected, 0);
    const demand = this.#demand.reduce((sum, { places, expected }) => sum + (expected * reached(places)) / places.length, 0);
    const digits = all < 10 ? 1 : 0;
    const tiles = [
      [say("people"), people === null ? "–" : count(people)],
      [say("area"), areaText(km2)],
      [say("streets"), distance(streets)],
      all > 0 && [say("demand_reached"), `${number(demand, digits, digits)} / ${number(all, digits, digits)}`],
      this.#orders.length > 0 && [say("orders_reached"), `${count(reached(this.#orders))} / ${count(this.#orders.length)}`],
    ].filter(Boolean);
    byId("reach-facts").replaceChildren(...tiles.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, h("strong", {}, value)))));
  }
}

/** The middle of a hexagon and points near its corners: how many of them lie inside is about how much of it does. */
function samplesOf(ring) {
  const corners = ring.slice(0, -1);
  const middle = [0, 1].map((axis) => corners.reduce((sum, corner) => sum + corner[axis], 0) / corners.length);
  return [middle, ...corners.map((corner) => [0, 1].map((axis) => middle[axis] + (corner[axis] - middle[axis]) * TOWARDS_CORNER))];
}
