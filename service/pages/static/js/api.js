/** The API of this origin. Every failure becomes an error whose message a person can read. */

import { say } from "./texts.js";

async function get(path, signal) {
  let response;
  try {
    response = await fetch(path, { signal, headers: { Accept: "application/json, application/geo+json" } });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error(say("error_network"));
  }
  if (response.status === 401) location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
  const body = await response.json().catch(() => null);
  if (response.ok && body) return body;
  throw new Error(faultOf(body) ?? `${response.status} ${response.statusText}`.trim());
}

/** The sentence of an RFC 9457 problem. */
function faultOf(body) {
  if (!body) return null;
  const faults = (body.errors ?? []).map((fault) => fault.text ?? fault.msg).filter(Boolean);
  return faults.length ? faults.join("; ") : (body.detail ?? body.title ?? null);
}

const query = (values) =>
  new URLSearchParams(Object.entries(values).filter(([, value]) => value !== undefined)).toString();

/** Plans, newest first. @returns {Promise<Array<{id: string, created_at: string, status: string}>>} */
export async function listPlans() {
  return (await get("/v1/plans?limit=20")).plans;
}

/** One plan with its request. @param {string} id */
export const getPlan = (id) => get(`/v1/plans/${encodeURIComponent(id)}`);

/** A plan drawn. @param {string} id @returns {Promise<GeoJSON.FeatureCollection>} */
export const getDrawing = (id) => get(`/v1/plans/${encodeURIComponent(id)}/geojson`);

/** A plan's carbon report. @param {string} id */
export const getCarbon = (id) => get(`/v1/plans/${encodeURIComponent(id)}/carbon`);

/** The maps of this server. @returns {Promise<Array<{name: string, bounds: ?[number, number, number, number]}>>} */
export async function listMaps() {
  return (await get("/v1/maps")).maps;
}

/** Streets around a place. @param {string} map @param {[number, number]} centre lon, lat @param {number} radiusM */
export const getStreets = (map, [lon, lat], radiusM) =>
  get(`/v1/maps/${encodeURIComponent(map)}/streets?${query({ lon, lat, radius_m: radiusM })}`);

/** What a store reaches. @param {string} map @param {[number, number]} centre @param {number} minutes @param {AbortSignal} signal */
export const getServiceArea = (map, [lon, lat], minutes, signal) =>
  get(`/v1/service-areas?${query({ map, lon, lat, minutes })}`, signal);
