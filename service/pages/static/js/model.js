/** A stored plan, its drawing and its carbon report, joined into what the page shows. */

import { clock, lateMinutes, offsetOf } from "./format.js";

export const TINTS = 12;

/**
 * @typedef {Object} Stop
 * @property {string} orderId
 * @property {"on_time"|"late"|"unserved"} status
 * @property {number} sequence from 1
 * @property {string} arriveAt
 * @property {number} lateS
 * @property {number} spareS seconds before the promise
 * @property {Object} order as requested
 * @property {?Object} carbon of the report
 * @property {Object} trip
 * @property {Object} vehicle
 */

/**
 * Join everything that is known of a plan.
 * @param {{id: string, request: Object, plan: Object}} stored
 * @param {?Object} report carbon report, if it could be had
 */
export function joinPlan(stored, report) {
  const { request, plan } = stored;
  const offsetMin = offsetOf(plan.now);
  const orders = new Map(request.orders.map((order) => [order.id, order]));
  const emissions = new Map((report?.orders ?? []).map((item) => [item.order_id, item]));
  const rounds = new Map((report?.rounds ?? []).map((item) => [item.round_id, item]));
  const vehicles = [
    ...request.riders.map((item) => ({ id: item.id, kind: "rider", storeId: item.store_id, trips: [] })),
    ...request.drones.map((item) => ({ id: item.id, kind: "drone", storeId: item.store_id, trips: [] })),
  ];
  vehicles.forEach((vehicle, index) => (vehicle.tint = index % TINTS));
  const vehicleById = new Map(vehicles.map((vehicle) => [vehicle.id, vehicle]));
  const tasks = new Map();

  for (const trip of plan.trips) {
    const vehicle = vehicleById.get(trip.vehicle_id);
    const joined = { ...trip, vehicle, round: rounds.get(trip.id) ?? null };
    joined.stops = trip.stops.map((stop, index) => {
      const order = orders.get(stop.order_id);
      const spareS = (Date.parse(order.promised_at) - Date.parse(stop.arrive_at)) / 1000;
      const task = {
        orderId: stop.order_id,
        status: stop.late_s > 0 ? "late" : "on_time",
        sequence: index + 1,
        arriveAt: stop.arrive_at,
        lateS: stop.late_s,
        spareS,
        leg: stop.leg,
        order,
        carbon: emissions.get(stop.order_id) ?? null,
        trip: joined,
        vehicle,
      };
      tasks.set(stop.order_id, task);
      return task;
    });
    vehicle.trips.push(joined);
  }
  for (const vehicle of vehicles) vehicle.trips.sort((a, b) => Date.parse(a.depart_at) - Date.parse(b.depart_at));
  const unserved = plan.unserved.map((item) => ({
    orderId: item.order_id,
    status: "unserved",
    reason: item,
    order: orders.get(item.order_id),
    carbon: null,
    trip: null,
    vehicle: null,
  }));
  for (const item of unserved) tasks.set(item.orderId, item);

  return {
    id: stored.id,
    request,
    plan,
    report,
    offsetMin,
    vehicles,
    unserved,
    tasks,
    map: request.travel.kind === "map" ? request.travel.name : null,
    time: (iso) => clock(iso, offsetMin),
  };
}

/**
 * The drawing with what its paint needs: status, vehicle's tint, and the label of each stop.
 * @param {GeoJSON.FeatureCollection} drawing
 * @param {Object} model of joinPlan
 * @returns {{stores: Object, trips: Object, stops: Object, unserved: Object}} one collection a role
 */
export function dressDrawing(drawing, model) {
  const tints = new Map(model.vehicles.map((vehicle) => [vehicle.id, vehicle.tint]));
  const roles = { store: [], trip: [], stop: [], unserved: [] };
  for (const { geometry, properties } of drawing.features) {
    const dressed = { ...properties, tint: tints.get(properties.vehicle_id) ?? 0 };
    if (properties.role === "stop") {
      const late = properties.late_s > 0;
      dressed.status = late ? "late" : "on_time";
      dressed.number = String(properties.sequence);
      dressed.eta = clock(properties.arrive_at, model.offsetMin) + (late ? ` +${lateMinutes(properties.late_s)}` : "");
      dressed.urgency = -properties.late_s;
    }
    const shape = properties.vehicle_kind === "drone" && properties.role === "trip" ? oneWay(geometry) : geometry;
    roles[properties.role]?.push({ type: "Feature", geometry: shape, properties: dressed });
  }
  const collection = (features) => ({ type: "FeatureCollection", features });
  return {
    stores: collection(roles.store),
    trips: collection(roles.trip),
    stops: collection(roles.stop),
    unserved: collection(roles.unserved),
  };
}

/** A flight out and back along one line, drawn once: dashes laid over dashes would read as a solid line. */
function oneWay({ type, coordinates }) {
  const key = (place) => place.join();
  const mirrored = coordinates.every((place, index) => key(place) === key(coordinates.at(-1 - index)));
  return { type, coordinates: mirrored ? coordinates.slice(0, Math.max(2, Math.ceil(coordinates.length / 2))) : coordinates };
}

/** Smallest box around served places and stores, and unserved ones that are not far off. */
export function extentOf(dressed) {
  const core = points(dressed.stores).concat(points(dressed.trips), points(dressed.stops));
  const box = boxOf(core);
  const margin = Math.max(box[2] - box[0], box[3] - box[1], 0.01) * 0.35;
  const near = points(dressed.unserved).filter(
    ([lon, lat]) => lon > box[0] - margin && lon < box[2] + margin && lat > box[1] - margin && lat < box[3] + margin,
  );
  return boxOf(core.concat(near));
}

/** Smallest box around features. @param {Array<GeoJSON.Feature>} features @returns {[number, number, number, number]} */
export function boxAround(features) {
  return boxOf(points({ features }));
}

function points({ features }) {
  const depth = { Point: (place) => [place], LineString: (places) => places, MultiLineString: (lines) => lines.flat() };
  return features.flatMap(({ geometry }) => depth[geometry.type](geometry.coordinates));
}

function boxOf(places) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [lon, lat] of places) {
    box[0] = Math.min(box[0], lon);
    box[1] = Math.min(box[1], lat);
    box[2] = Math.max(box[2], lon);
    box[3] = Math.max(box[3], lat);
  }
  return box;
}
