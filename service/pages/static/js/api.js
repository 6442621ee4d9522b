/** The API of this origin. Every failure becomes an error whose message a person can read. */

import { say } from "./texts.js";

const ACCEPT = "application/json, application/geo+json, application/problem+json";

/** A failure in words, with the status of the answer; 0 if there was none. */
export class ApiError extends Error {
  constructor(message, status, afterS = 1) {
    super(message);
    this.status = status;
    this.afterS = afterS;
  }
}

const BUSY = 503;
const MOST_TRIES = 4;
const LONGEST_WAIT_S = 5;

/**
 * Ask the API; while it is busy, ask again after as long as it says.
 * @param {string} path
 * @param {{method?: string, body?: *, headers?: Object<string, string>, signal?: AbortSignal}} [options]
 * @returns {Promise<{status: number, headers: Headers, body: *}>} with `body` null where there is none
 * @throws {ApiError} for every answer that is no success and no 304
 */
export async function ask(path, options = {}) {
  for (let tries = 0; ; tries++) {
    try {
      return await askOnce(path, options);
    } catch (error) {
      if (error.status !== BUSY || tries >= MOST_TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.min(error.afterS, LONGEST_WAIT_S) * 1000));
      options.signal?.throwIfAborted();
    }
  }
}

async function askOnce(path, { method = "GET", body, headers = {}, signal } = {}) {
  const sent = { Accept: ACCEPT, ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...headers };
  let response;
  try {
    response = await fetch(path, { method, signal, headers: sent, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(say("error_network"), 0);
  }
  if (response.status === 401) logIn();
  const found = await response.json().catch(() => null);
  if (response.ok || response.status === 304) return { status: response.status, headers: response.headers, body: found };
  throw new ApiError(faultOf(found) ?? `${response.status} ${response.statusText}`.trim(), response.status, Number(response.headers.get("Retry-After")) || 1);
}

/** The session has ended: to the login page, and back here from it. */
export const logIn = () => location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);

let turn = Promise.resolve();

/**
 * The document at a path that keeps a worker busy: one at a time, so that the page does not stand in its own way.
 * @param {string} path @param {AbortSignal} [signal]
 */
export function getInTurn(path, signal) {
  const mine = turn.then(() => get(path, signal));
  turn = mine.catch(() => null);
  return mine;
}

/** The document at a path. @param {string} path @param {AbortSignal} [signal] */
export const get = async (path, signal) => (await ask(path, { signal })).body;

/** The sentence of an RFC 9457 problem. */
export function faultOf(body) {
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
  getInTurn(`/v1/maps/${encodeURIComponent(map)}/streets?${query({ lon, lat, radius_m: radiusM })}`);

/** What a store reaches. @param {string} map @param {[number, number]} centre @param {number} minutes @param {AbortSignal} signal */
export const getServiceArea = (map, [lon, lat], minutes, signal) =>
  getInTurn(`/v1/service-areas?${query({ map, lon, lat, minutes })}`, signal);

/** Every fleet that this key sees. @returns {Promise<Array<Object>>} */
export async function listFleets() {
  return (await get("/v1/fleets?limit=1000")).fleets;
}
