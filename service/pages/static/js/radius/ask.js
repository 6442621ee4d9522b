/** The form that asks for a study: of the place on the map or of a bundled world, under every combination of its lists. */

import { ask } from "../api.js";
import { byId } from "../dom.js";

/** Numbers out of "1, 1.5 2". */
const numbers = (text) => text.split(/[\s,，、;]+/).filter(Boolean).map(Number);

/** What a study is about. @param {FormData} form @param {Object} place of the studio */
function worldOf(form, { id, name, map, location, region, rates }) {
  if (form.get("scenario") !== "here") return { scenario: form.get("scenario") };
  const store = { id: id ?? "place", name, location, region: region ?? form.get("region").trim() };
  return { around: { map, stores: [store], ...(rates && { rates }) } };
}

/** @param {FormData} form @param {Object} place */
function requestOf(form, place) {
  const far = numbers(form.get("radii"));
  return {
    kind: "radius",
    ...worldOf(form, place),
    ...(form.get("unit") === "minutes" ? { minutes: far } : { radii_m: far.map((km) => Math.round(km * 1000)) }),
    riders: numbers(form.get("riders")),
    drones: numbers(form.get("drones")),
    promises_min: numbers(form.get("promises")),
    seeds: Number(form.get("seeds")),
    on_time: Number(form.get("target")) / 100,
    orders_per_day: form.get("per-day") ? Number(form.get("per-day")) : null,
  };
}

/** Have the region asked for where no store says it. @param {{region: ?string}} place */
export function askRegion({ region }) {
  byId("region-field").hidden = Boolean(region) || byId("scenario").value !== "here";
}

/**
 * @param {() => Object} place that is looked at
 * @param {(id: string) => Promise<void>} onStarted
 */
export function startStudies(place, onStarted) {
  byId("scenario").addEventListener("change", () => askRegion(place() ?? {}));
  byId("study-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const fault = byId("form-fault");
    fault.hidden = true;
    try {
      const { body: study } = await ask("/v1/studies", { method: "POST", body: requestOf(new FormData(event.target), place()) });
      await onStarted(study.id);
    } catch (error) {
      fault.textContent = error.message;
      fault.hidden = false;
    }
  });
}
