/** The radius studio: what a place reaches, and what a study of the twin says about how far to deliver. */

import { ask, faultOf, get, getInTurn, getStreets, listMaps, logIn } from "../api.js";
import { remember } from "../chooser.js";
import { byId, h } from "../dom.js";
import { moment, number } from "../format.js";
import { say } from "../texts.js";
import { askRegion, startStudies } from "./ask.js";
import { StudioMap } from "./map.js";
import { showOutcome } from "./outcome.js";
import { Reach } from "./reach.js";

const [TOO_MANY, SERVER_FAULT] = [429, 500];
const STREETS_M = 6_000;
// Of all hexagons: what is less would be written as nothing.
const LEAST_EXPECTED = 0.05;
const map = openMap();
const reach = new Reach(map);
let places = [];
let here = null;
let demand = Promise.resolve(null);

function openMap() {
  try {
    return new StudioMap(byId("map"));
  } catch {
    notice(say("no_gl"));
    return null;
  }
}

function notice(text) {
  byId("notice").textContent = text ?? "";
  byId("notice").hidden = !text;
}

/** The stores of live fleets on a map, those of the fleet that the address names first, else the newest; and the middle of each map. */
async function start() {
  try {
    const [maps, fleets] = await Promise.all([listMaps(), get("/v1/fleets?limit=1000").then((found) => found.fleets, () => [])]);
    const named = new URLSearchParams(location.search).get("fleet");
    const stores = fleets
      .sort((a, b) => (b.id === named) - (a.id === named) || Date.parse(b.created_at) - Date.parse(a.created_at))
      .filter(({ setup }) => setup.travel.kind === "map")
      .flatMap(({ id, setup }) => setup.stores.map((store) => ({ ...store, name: store.name || store.id, map: setup.travel.name, rates: setup.rates, fleet: id })));
    const middles = maps
      .filter(({ bounds }) => bounds)
      .map(({ name, bounds: [west, south, east, north], people }) => ({ name: say("middle_of", { map: name }), map: name, location: [(west + east) / 2, (south + north) / 2], fleet: null, people }));
    places = [...stores, ...middles];
    const known = new Set(maps.filter(({ people }) => people).map(({ name }) => name));
    for (const place of places) place.people = known.has(place.map);
    byId("place").replaceChildren(...places.map(({ name, fleet }, index) => h("option", { value: index }, fleet ? `${name} · ${fleet}` : name)));
    choose(0);
  } catch (error) {
    notice(error.message);
  }
}

function choose(index) {
  const before = here;
  here = places[index];
  if (map) map.looked = false;
  askRegion(here);
  reach.from(here);
  if (before?.map !== here.map || before?.fleet !== here.fleet) draw();
}

/** The streets around the place, its orders, and the heat. */
async function draw() {
  const place = here;
  reach.expect(null);
  countOrders(place);
  if (map) {
    try {
      await map.set("streets", await getStreets(place.map, place.location, STREETS_M));
    } catch (error) {
      notice(say("streets_failed", { reason: error.message }));
    }
  }
  if (place.fleet !== here.fleet) return;
  demand = demandOf(place);
  demand.then((found) => place.fleet === here.fleet && reach.expect(found));
  heat();
}

/** The orders to expect in this quarter hour by hexagon; null where none came lately to learn from. */
async function demandOf({ fleet }) {
  const found = fleet && (await getInTurn(`/v1/fleets/${encodeURIComponent(fleet)}/demand.geojson`).catch(() => null));
  const all = found?.features.reduce((sum, { properties }) => sum + properties.expected, 0);
  return all >= LEAST_EXPECTED ? found : null;
}

async function countOrders(place) {
  const plan = place.fleet && (await get(`/v1/fleets/${encodeURIComponent(place.fleet)}/plan`).catch(() => null));
  if (place.fleet !== here.fleet) return;
  const at = (plan?.orders ?? []).map(({ order }) => order.location);
  reach.count(at);
  byId("legend-orders").hidden = !at.length;
  map?.set("orders", { type: "FeatureCollection", features: at.map((coordinates) => ({ type: "Feature", geometry: { type: "Point", coordinates }, properties: {} })) });
}

/** Orders to expect by hexagon where the fleet has a history, else people by census zone, else nothing. */
async function heat() {
  const place = here;
  const legend = byId("legend");
  if (!map || !byId("heat").checked) {
    legend.hidden = true;
    return void map?.heat(null, 1);
  }
  const [name, found] = (await expected()) ?? (await people(place)) ?? [null, null];
  if (place !== here) return undefined;
  legend.hidden = !found;
  if (!found) return void map.heat(null, 1);
  const values = found.features.map(({ properties }) => properties.value).sort((a, b) => a - b);
  const top = values[Math.floor(values.length * 0.98)] || values.at(-1) || 1;
  byId("legend-low").textContent = "0";
  byId("legend-high").textContent = figure(top);
  byId("legend-name").textContent = say(name);
  return map.heat(found, top);
}

async function expected() {
  const found = await demand;
  return found && ["heat_orders", valued(found, "expected")];
}

async function people({ map: name, people: known }) {
  const found = known && (await getInTurn(`/v1/maps/${encodeURIComponent(name)}/people`).catch(() => null));
  return found ? ["heat_people", valued(found, "people_per_km2")] : null;
}

/** Two digits that say something, whatever the size. */
const figure = (value) => number(value, value >= 10 ? 0 : Math.max(1, 1 - Math.floor(Math.log10(value))));

function valued({ features }, name) {
  return { type: "FeatureCollection", features: features.map((feature) => ({ ...feature, properties: { value: feature.properties[name] } })) };
}

// An answer that is no piece of the page: htmx asks again where the server was busy or is gone; the rest is said.
document.addEventListener("htmx:response:error", ({ detail: { ctx } }) => {
  const { status } = ctx.response;
  if (status === 401) return logIn();
  if (status < SERVER_FAULT && status !== TOO_MANY) studyFault(faultOf(JSON.parse(ctx.text)));
  return undefined;
});

function studyFault(text) {
  byId("study").replaceChildren(h("p", { class: "fault", role: "alert" }, text));
}

/** Have htmx show a study, and come again while it runs or the server is busy. @param {string} id */
function follow(id) {
  byId("outcome").replaceChildren();
  const study = h("div", { id: "study", "hx-get": `/radius/studies/${encodeURIComponent(id)}`, "hx-trigger": "load, every 1s", "hx-sync": "this:drop", "hx-swap": "outerHTML" });
  byId("study").replaceWith(study);
  window.htmx.process(study);
}

async function fillStudies(chosen = null) {
  const select = byId("studies");
  const { studies } = await get("/v1/studies?kind=radius&limit=20");
  select.hidden = studies.length < 1;
  select.replaceChildren(...studies.map(({ id, created_at: at }) => h("option", { value: id, selected: id === chosen }, `${moment(at)} · ${id.slice(-4)}`)));
  if (!studies.length) byId("study").replaceChildren(h("p", { class: "muted" }, say("no_studies")));
  return studies[0]?.id ?? null;
}

new MutationObserver(() => {
  const found = byId("outcome-data");
  if (found) showOutcome(JSON.parse(found.textContent));
}).observe(byId("study").parentElement, { childList: true });
document.addEventListener("click", ({ target }) => {
  const id = target.closest?.("[data-cancel]")?.dataset.cancel;
  if (id) ask(`/v1/studies/${encodeURIComponent(id)}`, { method: "DELETE" }).catch(() => null).then(() => follow(id)); // one that is done is shown
});
startStudies(
  () => here,
  async (id) => {
    await fillStudies(id);
    follow(id);
  },
);
byId("place").addEventListener("change", ({ target }) => {
  choose(Number(target.value));
  remember("fleet", here.fleet);
});
byId("heat").addEventListener("change", heat);
byId("studies").addEventListener("change", ({ target }) => follow(target.value));
map?.addEventListener("place", ({ detail }) => {
  here = { ...here, location: detail };
  reach.from(here);
});
new ResizeObserver(() => map?.resize()).observe(byId("map"));
if (map) byId("map").planMap = map;
start();
fillStudies().then((id) => id && follow(id), (error) => studyFault(error.message));
