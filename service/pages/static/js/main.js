/** The page: fetches a plan, joins it, and hands it to the map and the panel. */

import * as api from "./api.js";
import { AreaControl } from "./area.js";
import { Choice } from "./choice.js";
import { Chooser } from "./chooser.js";
import { details } from "./details.js";
import { byId } from "./dom.js";
import { PlanMap } from "./map.js";
import { dressDrawing, extentOf, joinPlan } from "./model.js";
import { overview } from "./overview.js";
import { failure, loading, noPlan } from "./states.js";
import { say } from "./texts.js";

const POLL_MS = 1000;
const BESIDE_M = 1200;
const MOST_M = 10_000;

const choice = new Choice();
const panel = byId("panel");
const views = { overview: byId("overview"), details: byId("details") };
const chooser = new Chooser((id) => show(id));
const map = openMap();
const areaControl = map && new AreaControl(map);

let model = null;
let reportFault = null;
let showing = 0;
let overviewScroll = 0;

function openMap() {
  try {
    return new PlanMap(byId("map"), choice);
  } catch {
    notice(say("no_gl"));
    return null;
  }
}

/** A line over the map, or none. @param {?string} text */
function notice(text) {
  byId("notice").textContent = text ?? "";
  byId("notice").hidden = !text;
}

/** Ask which plans there are, and show one. */
async function start() {
  fill(loading());
  let id;
  try {
    id = chooser.fill(await api.listPlans());
  } catch (error) {
    return fill(failure(say("error_title"), error.message, start));
  }
  if (id) return show(id);
  model = null;
  fill(noPlan(start));
  return showCity();
}

/** Without a plan the map shows the first city there is; it is only a backdrop, so a failure stays silent. */
async function showCity() {
  if (!map) return;
  areaControl.showFor(null);
  await map.clear();
  try {
    const city = (await api.listMaps()).find(({ bounds }) => bounds);
    const { centre, radiusM } = disk(city.bounds);
    const streets = await api.getStreets(city.name, centre, radiusM);
    if (!model) await map.showCity(streets);
  } catch {
    // The panel says what to do next; streets would not help.
  }
}

/** Show one plan; a later call overtakes an earlier one that still waits. @param {string} id */
async function show(id) {
  const turn = ++showing;
  choice.clear();
  fill(loading());
  try {
    const stored = await finished(id, turn);
    if (turn !== showing) return;
    if (stored.status === "failed") {
      fill(failure(say("failed_title"), stored.error ?? "", start));
      return;
    }
    const [drawing, report] = await Promise.all([
      api.getDrawing(id),
      api.getCarbon(id).catch((error) => ((reportFault = error.message), null)),
    ]);
    if (turn !== showing) return;
    model = joinPlan(stored, report);
    fill(overview(model, choice, reportFault));
    document.body.dataset.plan = id;
    await showOnMap(dressDrawing(drawing, model), turn);
  } catch (error) {
    if (turn === showing) fill(failure(say("error_title"), error.message, start));
  }
}

/** Wait for a plan that is still being solved. */
async function finished(id, turn) {
  let stored = await api.getPlan(id);
  while (stored.status === "solving" && turn === showing) {
    fill(loading(say("solving")));
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    stored = await api.getPlan(id);
  }
  return stored;
}

async function showOnMap(dressed, turn) {
  if (!map) return;
  await map.showPlan(dressed, model);
  areaControl.showFor(model);
  notice(model.map ? null : say("no_streets"));
  if (!model.map) {
    await map.showStreets(null);
    return;
  }
  try {
    const { centre, radiusM } = disk(extentOf(dressed));
    const streets = await api.getStreets(model.map, centre, radiusM);
    if (turn === showing) await map.showStreets(streets);
  } catch (error) {
    notice(say("streets_failed", { reason: error.message }));
  }
}

/** The disk around a box, with streets to spare. */
function disk([west, south, east, north]) {
  const centre = [(west + east) / 2, (south + north) / 2];
  const [metresNorth, degrees] = [111_320, Math.PI / 180];
  const half = Math.hypot((north - south) * metresNorth, (east - west) * metresNorth * Math.cos(centre[1] * degrees)) / 2;
  return { centre, radiusM: Math.min(Math.round(half + BESIDE_M), MOST_M) };
}

/** Put something into the overview. @param {Array<HTMLElement>} nodes */
function fill(nodes) {
  views.overview.replaceChildren(...nodes);
  overviewScroll = 0;
  swap("overview");
}

function swap(name) {
  for (const [key, view] of Object.entries(views)) view.hidden = key !== name;
}

/** Follow the choice: an order opens its details, anything else shows the overview. */
function follow({ detail: { before, from } }) {
  const { orderId, tripId } = choice.state;
  for (const block of views.overview.querySelectorAll(".trip")) {
    const chosen = block.dataset.tripId === tripId;
    block.classList.toggle("is-chosen", chosen);
    block.querySelector(".trip-row").setAttribute("aria-pressed", String(chosen));
  }
  // Who chose on the map already looks at the place; who chose in the list is brought there.
  if (tripId && from === "panel") map?.goToTrip(tripId);
  if (orderId && model) {
    if (!before.orderId) overviewScroll = panel.scrollTop;
    const task = model.tasks.get(orderId);
    views.details.replaceChildren(...details(task, model, leaveDetails, reportFault));
    swap("details");
    panel.scrollTop = 0;
    byId("details-title").focus({ preventScroll: true });
    if (!tripId) map?.goTo(task.order.location);
    return;
  }
  if (before.orderId) {
    swap("overview");
    panel.scrollTop = overviewScroll;
    rowOf(before.orderId)?.focus({ preventScroll: true });
  } else if (tripId) {
    const block = views.overview.querySelector(".trip.is-chosen");
    block?.closest("details")?.setAttribute("open", "");
    block?.scrollIntoView({ block: "nearest" });
  }
}

function rowOf(orderId) {
  return views.overview.querySelector(`[data-order-id="${CSS.escape(orderId)}"]`);
}

function leaveDetails() {
  choice.clear();
}

choice.addEventListener("chosen", follow);
byId("refresh").addEventListener("click", start);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && (choice.state.orderId || choice.state.tripId)) leaveDetails();
});
new ResizeObserver(() => map?.resize()).observe(byId("map"));
if (map) byId("map").planMap = map;
start();
