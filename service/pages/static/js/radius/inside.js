/** Whether a place lies in an area: by the number of sides that a ray from it crosses. */

/** @param {[number, number]} place lon, lat @param {GeoJSON.Polygon|GeoJSON.MultiPolygon} geometry */
export function inside([lon, lat], geometry) {
  const polygons = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
  return polygons.some((rings) => rings.reduce((odd, ring) => (crosses(lon, lat, ring) ? !odd : odd), false));
}

function crosses(lon, lat, ring) {
  let odd = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [[ax, ay], [bx, by]] = [ring[i], ring[j]];
    if (ay > lat !== by > lat && lon < ((bx - ax) * (lat - ay)) / (by - ay) + ax) odd = !odd;
  }
  return odd;
}
