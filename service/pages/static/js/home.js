/** The first page: the fleets there are, or how to make the first one. */

import { listFleets } from "./api.js";
import { byId, h } from "./dom.js";
import { failure, loading } from "./states.js";
import { say } from "./texts.js";

async function show() {
  const box = byId("fleets");
  box.replaceChildren(...loading(say("fleets_loading")));
  try {
    const fleets = await listFleets();
    box.replaceChildren(...(fleets.length ? fleets.map(tile) : [firstFleet()]));
  } catch (error) {
    box.replaceChildren(...failure(say("fleets_error"), error.message, show));
  }
}

function tile({ id, setup, dispatched }) {
  return h(
    "a",
    { class: "tile", href: `/board/${encodeURIComponent(id)}` },
    h("strong", {}, id),
    h("span", { class: "muted" }, setup.stores.map((store) => store.name || store.id).join(", ")),
    h("span", { class: `chip ${dispatched ? "is-good" : "is-late"}` }, say(dispatched ? "dispatched" : "not_dispatched")),
  );
}

function firstFleet() {
  const fleet = { id: "la-serena", setup: { stores: [{ id: "centre", location: [-71.2463, -29.8981], region: "CL" }], travel: { kind: "map", name: "coquimbo" } } };
  const post = (path, data) => `curl -X POST ${location.origin}${path} \\\n  -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" \\\n  -d ${data}`;
  const sample = ["swiftleaf sample --out out", post("/v1/fleets", "@out/fleet.json"), post("/v1/stores/store/events", "@out/events.json")].join("\n");
  return h("div", { class: "state" }, h("p", {}, say("no_fleets")), h("pre", {}, h("code", {}, post("/v1/fleets", `'${JSON.stringify(fleet)}'`))), h("p", {}, say("sample_fleet")), h("pre", {}, h("code", {}, sample)), h("button", { type: "button", class: "button", onclick: show }, say("look_again")));
}

show();
