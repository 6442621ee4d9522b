/** What is chosen and what is pointed at: the map and the panel both listen, neither knows the other. */

export class Choice extends EventTarget {
  #state = { orderId: null, tripId: null, hoverTripId: null, hoverOrderId: null };

  get state() {
    return this.#state;
  }

  /** The trip to bring out: the one pointed at before the one chosen. */
  get shownTripId() {
    return this.#state.hoverTripId ?? this.#state.tripId;
  }

  /** @param {?string} orderId @param {?string} tripId that carries it @param {"panel"|"map"} [from] where it was chosen */
  chooseOrder(orderId, tripId, from = "panel") {
    this.#set({ orderId, tripId, hoverTripId: null, hoverOrderId: null }, "chosen", from);
  }

  /** Choose a trip, or let it go if it is the chosen one. @param {string} tripId @param {"panel"|"map"} [from] */
  chooseTrip(tripId, from = "panel") {
    const same = this.#state.tripId === tripId && !this.#state.orderId;
    this.#set({ orderId: null, tripId: same ? null : tripId, hoverTripId: null }, "chosen", from);
  }

  clear() {
    this.#set({ orderId: null, tripId: null, hoverTripId: null, hoverOrderId: null }, "chosen");
  }

  /** @param {?string} tripId @param {?string} [orderId] */
  hover(tripId, orderId = null) {
    if (this.#state.hoverTripId === tripId && this.#state.hoverOrderId === orderId) return;
    this.#set({ hoverTripId: tripId, hoverOrderId: orderId }, "hovered");
  }

  #set(change, name, from = null) {
    const before = this.#state;
    this.#state = { ...before, ...change };
    this.dispatchEvent(new CustomEvent(name, { detail: { before, from } }));
  }
}
