/** A fleet's live plan, kept up to date: by the stream of the server, or by asking again where that cannot be had. */

import { ask, ApiError } from "../api.js";

const ASK_AGAIN_MS = 2_000;
const TOGETHER_MS = 150;

export class LivePlan extends EventTarget {
  #path;
  #etag = null;
  #stream = null;
  #timer = null;
  #asking = false;
  #stale = false;

  /** The server's clock less the browser's, in ms. */
  aheadMs = 0;
  /** @type {?Object} the plan as the API gives it */
  plan = null;

  /** @param {string} fleetId */
  constructor(fleetId) {
    super();
    this.#path = `/v1/fleets/${encodeURIComponent(fleetId)}`;
  }

  get etag() {
    return this.#etag;
  }

  /** The moment by the server's clock, in ms. */
  now() {
    return Date.now() + this.aheadMs;
  }

  /** Begin: tells `plan` with every new one, `fault` with every failure, `link` with whether the stream is there. */
  start() {
    this.refresh();
    document.addEventListener("visibilitychange", () => document.hidden || this.refresh());
  }

  /** Ask for the plan unless the one at hand is the newest; calls that come meanwhile are one more. */
  async refresh() {
    if (this.#asking) {
      this.#stale = true;
      return;
    }
    this.#asking = true;
    this.#stale = false;
    try {
      const headers = this.#etag ? { "If-None-Match": this.#etag } : {};
      const answer = await ask(`${this.#path}/plan`, { headers });
      const date = Date.parse(answer.headers.get("Date"));
      if (date) this.aheadMs = date - Date.now();
      if (answer.status !== 304) {
        this.#etag = answer.headers.get("ETag");
        this.plan = answer.body;
        this.dispatchEvent(new Event("plan"));
        if (!this.#stream) this.#listen();
      }
      this.dispatchEvent(new CustomEvent("fault", { detail: null }));
      this.#link(this.#stream?.readyState === EventSource.OPEN);
    } catch (error) {
      this.dispatchEvent(new CustomEvent("fault", { detail: error }));
      this.#link(false);
      // A fleet that was not looked after yet has no plan for some seconds.
      if (!(error instanceof ApiError) || error.status !== 404) this.#later();
    } finally {
      this.#asking = false;
      if (this.#stale) this.#soon();
    }
  }

  #listen() {
    this.#stream = new EventSource(`${this.#path}/stream`);
    this.#stream.addEventListener("open", () => {
      this.#link(true);
      this.refresh();
    });
    this.#stream.addEventListener("plan", () => this.#soon());
    this.#stream.addEventListener("error", () => {
      this.#link(false);
      if (this.#stream.readyState === EventSource.CLOSED) setTimeout(() => this.#listen(), ASK_AGAIN_MS);
      this.#later();
    });
  }

  #link(there) {
    this.dispatchEvent(new CustomEvent("link", { detail: there }));
  }

  /** Several bells are one question. */
  #soon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.refresh(), TOGETHER_MS);
  }

  #later() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.refresh(), ASK_AGAIN_MS);
  }
}
