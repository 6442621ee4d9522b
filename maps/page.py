"""Streets for a map page."""

from typing import Any

import numpy as np
import shapely

from maps.plane import Plane, as_points
from maps.shapes import clip
from maps.streets import STREET_KINDS, StreetNetwork

_STRAY_M = 2.0


def streets_geojson(network: StreetNetwork, centre: tuple[float, float], radius_m: float) -> dict[str, Any]:
    """The streets that come within a radius, small enough to send to a page.

    Pieces of the same class and name are one feature, joined where they meet. Shapes stray at most 2 m from the exact
    ones; coordinates have five decimals, about 1 m.

    Args:
        network: The streets.
        centre: (lon, lat).
        radius_m: Streets that come nearer than this are drawn, to their whole length.

    Returns:
        A GeoJSON FeatureCollection (RFC 7946) of MultiLineStrings with the properties ``kind`` (a name of
        ``STREET_KINDS``) and ``name``, minor streets first, so that major ones are painted over them.

    Raises:
        PointError: If the centre is no place on Earth.
    """
    lon, lat = as_points(centre)[0].tolist()
    plane = Plane(lon, lat)
    edges = clip(network, np.arange(len(network.tail)), plane, radius_m)
    lines = network.lines(edges, plane.to_xy(network.shape))
    group = np.column_stack((-network.kind[edges].astype(np.int64), network.name_id[edges]))
    keys, member = np.unique(group, axis=0, return_inverse=True)
    features = []
    for i, (kind, name_id) in enumerate(keys.tolist()):
        joined = shapely.line_merge(shapely.multilinestrings(lines[member.ravel() == i])).simplify(_STRAY_M)
        parts = [plane.to_lonlat(shapely.get_coordinates(part)) for part in shapely.get_parts(joined)]
        features.append(
            {
                "type": "Feature",
                "properties": {"kind": STREET_KINDS[-kind], "name": network.names[name_id]},
                "geometry": {"type": "MultiLineString", "coordinates": [np.round(part, 5).tolist() for part in parts]},
            }
        )
    return {"type": "FeatureCollection", "features": features}
