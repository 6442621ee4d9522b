/** The dispatch board of one fleet. */

import { ApiError, get, getInTurn, getStreets } from "../api.js";
import { byId, h } from "../dom.js";
import { sentence } from "../format.js";
import { failure, loading } from "../states.js";
import { say } from "../texts.js";
import { OrderCard } from "./card.js";
import { Figures, showUnserved } from "./figures.js";
import { LivePlan } from "./live.js";
import { BoardMap } from "./map.js";
import { joinLive } from "./model.js";
import { OrderList } from "./orders.js";
import { Timeline } from "./timeline.js";

const WEIGH_MS = 30_000;
const HINTS_MS = 60_000;
// Of more open orders a second proves next to nothing, and planning them anew takes seconds.
const MOST_WEIGHED = 500;
const fleetId = byId("board").dataset.fleet;
const live = new LivePlan(fleetId);
const now = () => live.now();
const map = openMap();
const timeline = new Timeline(now);
const orders = new OrderList(now);
const figures = new Figures();
const card = new OrderCard(fleetId, live, () => {
  orders.focus();
  map?.emphasise(null, null);
});

let model = null;
let drawnRevision = null;
let drawing = false;
let weighedRevision = null;

function openMap() {
  try {
    return new BoardMap(byId("map"), now);
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

/** A state in place of the board. @param {?Array<HTMLElement>} nodes */
function cover(nodes) {
  byId("cover").replaceChildren(...(nodes ?? []));
  byId("cover").hidden = !nodes;
  byId("board").classList.toggle("is-covered", Boolean(nodes));
}

function show() {
  const first = model === null;
  model = joinLive(live.plan);
  const empty = !model.vehicles.length && !model.living.length;
  cover(empty ? firstSteps() : null);
  figures.show(model);
  showUnserved(model, (orderId) => open(orderId));
  orders.show(model);
  timeline.show(model);
  card.follow(model);
  const shown = map?.show(model) ?? Promise.resolve(false);
  document.body.dataset.revision = String(model.plan.revision);
  if (first) {
    performance.mark("board-ready");
    setInterval(weighPlan, WEIGH_MS);
    setInterval(askHints, HINTS_MS);
  }
  // What a worker has to compute comes after what everybody waits for.
  shown
    .then((looks) => Promise.all([drawWays(), looks && drawStreets()]))
    .then(() => first && weighPlan().then(askHints));
}

/** The streets of the fleet's map around all that is shown; a backdrop. */
async function drawStreets() {
  const [west, south, east, north] = map.box;
  const metres = Math.hypot((north - south) * 111_320, (east - west) * 111_320 * Math.cos((south * Math.PI) / 180)) / 2;
  try {
    const { travel } = (await get(`/v1/fleets/${encodeURIComponent(fleetId)}`)).setup;
    if (travel.kind !== "map") return;
    await map.showStreets(await getStreets(travel.name, [(west + east) / 2, (south + north) / 2], Math.min(Math.round(metres + 1_500), 10_000)));
  } catch (error) {
    notice(say("streets_failed", { reason: error.message }));
  }
}

/** Trips along the streets; until they are there, and where they cannot be had, trips are straight. */
async function drawWays() {
  if (!map || drawing) return;
  drawing = true;
  try {
    while (drawnRevision !== model.plan.revision) {
      drawnRevision = model.plan.revision;
      await map.showWays(await getInTurn(`/v1/fleets/${encodeURIComponent(fleetId)}/plan.geojson`));
    }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    await map.showWays({ features: [] });
  } finally {
    drawing = false;
  }
}

/** How far the plan can be from the best: it keeps a worker busy, so it is asked for seldom, and only if looked at. */
async function weighPlan() {
  if (document.hidden || !model?.living.length || weighedRevision === model.plan.revision) return;
  const open = model.living.filter(({ fixed }) => !fixed).length;
  if (open > MOST_WEIGHED) return void figures.tellGap({ gap: null, orders: open });
  try {
    const gap = await getInTurn(`/v1/fleets/${encodeURIComponent(fleetId)}/plan/gap`);
    weighedRevision = gap.revision;
    figures.tellGap(gap);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
}

/** Where idle riders should wait, by the orders that the fleet had. */
async function askHints() {
  const idle = model?.vehicles.some(({ kind, trips, life }) => kind === "rider" && !trips.length && !life.leaving && !life.overdue);
  if (document.hidden || !idle || !model.plan.day.placed) return;
  try {
    timeline.tellHints(await getInTurn(`/v1/fleets/${encodeURIComponent(fleetId)}/hints`));
    timeline.show(model);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
}

function open(orderId, vehicleId = null) {
  const task = model?.tasks.get(orderId);
  if (!task) return;
  map?.emphasise(orderId, task.vehicleId);
  map?.goTo(task.order.location);
  card.open(orderId, vehicleId);
}

function firstSteps() {
  const store = model.stores[0].id;
  const events = (event) => `curl -X POST ${location.origin}/v1/stores/${store}/events \\\n  -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" \\\n  -d '${JSON.stringify({ events: [event] })}'`;
  const at = new Date().toISOString();
  return [
    h(
      "div",
      { class: "state" },
      h("h2", {}, say("board_empty_title")),
      h("p", {}, say("board_empty_text")),
      h("pre", {}, h("code", {}, events({ id: "e1", at, kind: "rider_on", rider: { id: "rider-1", store_id: store } }))),
    ),
  ];
}

live.addEventListener("plan", show);
live.addEventListener("fault", ({ detail: error }) => {
  if (!error) return notice(null);
  if (model) return notice(say("board_stale", { reason: error.message }));
  const [title, reason] = error.status === 404 ? [say("no_fleet", { fleet: fleetId }), sentence(error.message, 0)] : [say("board_error"), error.message];
  return cover(failure(title, reason, () => live.refresh()));
});
live.addEventListener("link", ({ detail: there }) => {
  byId("link").dataset.state = there ? "live" : "off";
  byId("link").lastElementChild.textContent = say(there ? "link_live" : "link_off");
});
orders.addEventListener("open", ({ detail }) => open(detail.orderId));
orders.addEventListener("point", ({ detail }) => map?.emphasise(detail.orderId, model.tasks.get(detail.orderId)?.vehicleId));
timeline.addEventListener("order", ({ detail }) => open(detail.orderId));
timeline.addEventListener("drop", ({ detail }) => open(detail.orderId, detail.vehicleId));
timeline.addEventListener("choose", ({ detail }) => {
  timeline.choose(detail.vehicleId);
  map?.emphasise(null, detail.vehicleId);
});
figures.addEventListener("filter", ({ detail }) => orders.only(detail));
map?.addEventListener("pick", ({ detail }) => {
  if (detail.order_id) open(detail.order_id);
  else timeline.choose(detail.vehicle_id);
});
const tabs = document.querySelectorAll(".tabs button");
for (const tab of tabs) {
  tab.addEventListener("click", () => {
    byId("board").dataset.tab = tab.dataset.tab;
    for (const each of tabs) each.setAttribute("aria-pressed", String(each === tab));
  });
}
new ResizeObserver(() => map?.resize()).observe(byId("map"));
if (map) byId("map").planMap = map;
cover(loading(say("board_loading")));
live.start();
