/** Where a vehicle is between two events: along its trip's line, as fast as its plan says. */

/**
 * A line with the distance of each of its points from the first, in degrees of latitude.
 * @param {Array<[number, number]>} points lon, lat
 * @param {Array<number>} places which of them are the store, the stops, and the store
 */
export function trackOf(points, places) {
  const squeeze = Math.cos(((points[0]?.[1] ?? 0) * Math.PI) / 180);
  const along = new Float64Array(points.length);
  for (let i = 1; i < points.length; i++) {
    along[i] = along[i - 1] + Math.hypot((points[i][0] - points[i - 1][0]) * squeeze, points[i][1] - points[i - 1][1]);
  }
  return { points, places, along };
}

/** The straight track of a trip whose way is not known yet. @param {Object} trip of joinLive */
export const straightTrack = (trip) => trackOf(trip.places, trip.places.map((_, index) => index));

/**
 * @param {Object} trip of joinLive
 * @param {Object} track of trackOf
 * @param {number} nowMs
 * @returns {[number, number]} lon, lat
 */
export function placeAt(trip, { points, places, along }, nowMs) {
  const last = trip.arrive.length - 1;
  if (nowMs <= trip.leave[0]) return points[places[0]];
  for (let k = 0; k < last; k++) {
    if (nowMs >= trip.arrive[k + 1] && k + 1 < last && nowMs >= trip.leave[k + 1]) continue;
    const span = trip.arrive[k + 1] - trip.leave[k];
    const share = span > 0 ? Math.min(Math.max((nowMs - trip.leave[k]) / span, 0), 1) : 1;
    return pointAt(points, along, places[k], places[k + 1], share);
  }
  return points[places[last]];
}

function pointAt(points, along, first, last, share) {
  const wanted = along[first] + (along[last] - along[first]) * share;
  let [low, high] = [first, last];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (along[middle] <= wanted) low = middle;
    else high = middle;
  }
  const length = along[high] - along[low];
  const part = length > 0 ? (wanted - along[low]) / length : 0;
  const [a, b] = [points[low], points[high]];
  return [a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part];
}
