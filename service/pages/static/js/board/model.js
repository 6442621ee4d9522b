/** A live plan joined into what the board shows: orders with their risk, vehicles with their trips. */

import { TINTS } from "../model.js";

/** An order that has less than this to spare is at risk. */
export const TIGHT_S = 300;
const LIVING = new Set(["open", "committed", "on_board"]);
const RISKS = ["unserved", "late", "tight", "on_time"];

/**
 * @typedef {Object} Task an order on the board
 * @property {string} id
 * @property {Object} order as placed
 * @property {string} status of its life
 * @property {"on_time"|"tight"|"late"|"unserved"|"ended"} risk
 * @property {number} promisedMs
 * @property {?number} arriveMs
 * @property {?number} spareS before the promise; less than nothing is late
 * @property {?string} vehicleId
 * @property {boolean} fixed it is on board, or at its end: nobody else can take it
 */

/** @param {Object} plan a LivePlan */
export function joinLive(plan) {
  const tasks = new Map();
  for (const line of plan.orders) tasks.set(line.order.id, task(line));
  const vehicles = plan.vehicles.map((life, index) => ({
    id: life.vehicle.id,
    kind: "range_m" in life.vehicle ? "drone" : "rider",
    tint: index % TINTS,
    life,
    trips: [],
  }));
  const byId = new Map(vehicles.map((vehicle) => [vehicle.id, vehicle]));
  const stores = new Map(plan.stores.map((store) => [store.id, store]));
  const trips = [
    ...plan.trips.map((life) => joinTrip(life.trip, life.left_at ? "out" : "committed", life, tasks, stores)),
    ...plan.proposed.map((life) => joinTrip(life.trip, "proposed", life, tasks, stores)),
  ];
  for (const trip of trips) {
    trip.vehicle = byId.get(trip.vehicleId) ?? null;
    trip.vehicle?.trips.push(trip);
  }
  for (const vehicle of vehicles) vehicle.trips.sort((a, b) => a.departMs - b.departMs);
  const living = [...tasks.values()].filter((item) => item.risk !== "ended");
  living.sort((a, b) => a.promisedMs - b.promisedMs || (a.id < b.id ? -1 : 1));
  return {
    plan, tasks, vehicles, trips, living, byId,
    stores: plan.stores,
    unserved: living.filter(({ risk }) => risk === "unserved"),
    risks: Object.fromEntries(RISKS.map((name) => [name, living.filter(({ risk }) => risk === name).length])),
    offsetIso: plan.at,
  };
}

function task(line) {
  const promisedMs = Date.parse(line.order.promised_at);
  const arriveMs = line.arrive_at ? Date.parse(line.arrive_at) : null;
  const spareS = arriveMs === null ? null : (promisedMs - arriveMs) / 1000;
  return {
    id: line.order.id,
    order: line.order,
    line,
    status: line.status,
    risk: riskOf(line, spareS),
    promisedMs,
    arriveMs,
    spareS,
    vehicleId: line.vehicle_id,
    fixed: line.status !== "open" && line.status !== "committed",
  };
}

function riskOf(line, spareS) {
  if (!LIVING.has(line.status)) return "ended";
  if (spareS === null) return "unserved";
  if (spareS < 0) return "late";
  return spareS < TIGHT_S ? "tight" : "on_time";
}

/** A trip with the moments of its places in ms: `leave[k]` from the k-th, `arrive[k]` at it, the store at both ends. */
function joinTrip(trip, state, life, tasks, stores) {
  const lateMs = (life.late_s ?? 0) * 1000;
  const at = (iso) => Date.parse(iso) + lateMs;
  const departMs = life.left_at ? Date.parse(life.left_at) : life.go_at ? Math.max(at(trip.depart_at), Date.parse(life.go_at)) : at(trip.depart_at);
  const home = stores.get(trip.store_id)?.location;
  const stops = trip.stops.map((stop) => ({
    orderId: stop.order_id,
    task: tasks.get(stop.order_id) ?? null,
    arriveMs: at(stop.arrive_at),
    open: !life.open_orders || life.open_orders.includes(stop.order_id),
  }));
  return {
    id: trip.id,
    vehicleId: trip.vehicle_id,
    kind: trip.vehicle_kind,
    state,
    stops,
    departMs,
    returnMs: at(trip.return_at),
    distanceM: trip.distance_m,
    gco2e: trip.transport_gco2e,
    leave: [departMs, ...trip.stops.map((stop) => at(stop.leave_at))],
    arrive: [departMs, ...trip.stops.map((stop) => at(stop.arrive_at)), at(trip.return_at)],
    places: [home, ...stops.map(({ task: known }) => known?.order.location ?? home), home],
  };
}
