"""Streets drawn by hand: a picture and the ways' tags become an OpenStreetMap file.

    drawing = draw(folder, '''
        A----B
             |
             C
        ''', {"AB": {"highway": "residential"}, "BC": {"highway": "primary"}})

Letters and digits are nodes, all else is decoration. A column is 20 m wide and a line is 20 m high, so A to B is 100 m
and B to C is 40 m. A way is the string of its nodes. Tags of nodes go into ``nodes``; ids are the characters' code
points.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from textwrap import dedent
from xml.sax.saxutils import quoteattr

import numpy as np

import maps
from maps.plane import Plane

CELL_M = 20.0
PLANE = Plane(113.9455, 22.5505)

Tags = Mapping[str, str]
ROAD: Tags = {"highway": "residential"}


@dataclass
class Drawing:
    path: Path
    places: dict[str, tuple[float, float]]

    @cached_property
    def network(self) -> maps.StreetNetwork:
        return maps.read_map(self.path, cache=False)

    def at(self, name: str, east_m: float = 0.0, north_m: float = 0.0) -> tuple[float, float]:
        """Lon/lat of a node, or of a place so many metres beside it."""
        if east_m == north_m == 0:
            return self.places[name]
        x, y = PLANE.to_xy(np.array([self.places[name]]))[0]
        lon, lat = PLANE.to_lonlat(np.array([[x + east_m, y + north_m]]))[0]
        return float(lon), float(lat)

    def travel(self, *points: str | tuple[float, float], profile: maps.Profile = maps.E_BIKE) -> maps.TravelTimes:
        """Travel times between nodes (by name) or other places."""
        travel = maps.TravelTimes(self.network, profile)
        travel.add([self.at(point) if isinstance(point, str) else point for point in points])
        return travel

    def seconds(self, start: str, end: str) -> float:
        return float(self.travel(start, end).seconds[0, 1])


def draw(folder: Path, picture: str, ways: Mapping[str, Tags], nodes: Mapping[str, Tags] | None = None) -> Drawing:
    lines = dedent(picture).strip("\n").splitlines()
    cells = {c: (x, -y) for y, line in enumerate(lines) for x, c in enumerate(line) if c.isalnum()}
    lonlat = PLANE.to_lonlat(np.array(list(cells.values()), dtype=float) * CELL_M)
    places = {name: (round(lon, 7), round(lat, 7)) for name, (lon, lat) in zip(cells, lonlat.tolist(), strict=True)}

    def tags(of: Tags) -> str:
        return "".join(f"<tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in of.items())

    xml = ['<?xml version="1.0" encoding="UTF-8"?><osm version="0.6">']
    for name, (lon, lat) in sorted(places.items()):
        xml.append(f'<node id="{ord(name)}" lon="{lon}" lat="{lat}">{tags((nodes or {}).get(name, {}))}</node>')
    for i, (way, of) in enumerate(ways.items(), 1):
        refs = "".join(f'<nd ref="{ord(name)}"/>' for name in way)
        xml.append(f'<way id="{i}">{refs}{tags(of)}</way>')
    path = folder / "drawn.osm"
    path.write_text("\n".join([*xml, "</osm>"]), encoding="utf-8")
    return Drawing(path, places)
