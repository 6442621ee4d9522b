import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from maps.plane import Plane, step_lengths_m
from maps.shapes import part_of_line
from maps.weights import QUANTUM_S, pack, unpack

LONS = st.floats(-179, 179)
LATS = st.floats(-70, 70)


@given(LONS, LATS, st.floats(-0.01, 0.01), st.floats(-0.01, 0.01))
def test_lengths_are_those_of_the_ellipsoid(lon: float, lat: float, east: float, north: float) -> None:
    ends = np.array([[lon, lat], [lon + east, lat + north]])
    _, _, expected_m = Geod(ellps="WGS84").inv(*ends[0], *ends[1])
    assert step_lengths_m(ends)[0] == pytest.approx(expected_m, rel=1e-5, abs=1e-3)


@given(LONS, LATS, st.floats(-3000, 3000), st.floats(-3000, 3000))
def test_a_plane_goes_there_and_back(lon: float, lat: float, x: float, y: float) -> None:
    plane = Plane(lon, lat)
    there = plane.to_lonlat(np.array([[x, y]]))
    assert plane.to_xy(there) == pytest.approx(np.array([[x, y]]), abs=1e-4)
    _, _, metres = Geod(ellps="WGS84").inv(lon, lat, *there[0])
    assert metres == pytest.approx(np.hypot(x, y), rel=2e-3, abs=1e-2)


def test_a_plane_crosses_the_date_line() -> None:
    assert Plane(179.99, 0).to_xy(np.array([[-179.99, 0.0]]))[0, 0] == pytest.approx(2226.4, abs=1)


@given(st.lists(st.tuples(st.floats(0, 600), st.floats(0, 3000)), min_size=1, max_size=60))
def test_sums_of_weights_are_exact(stretches: list[tuple[float, float]]) -> None:
    seconds, metres = np.array(stretches).T
    forward, backward = sum(pack(seconds, metres)), sum(pack(seconds, metres)[::-1])
    assert forward == backward
    total_s, total_m = unpack(np.array([forward]))
    assert total_s[0] == (np.rint(seconds / QUANTUM_S) * QUANTUM_S).sum()
    assert total_m[0] == pytest.approx(np.rint(metres * 10).sum() / 10, abs=1e-6)


def test_no_way_stays_no_way() -> None:
    seconds, metres = unpack(pack([np.inf, 3.0], [5.0, 7.0]))
    assert seconds.tolist() == [np.inf, 3.0]
    assert metres.tolist() == [np.inf, 7.0]


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_part_of_a_line_has_its_share_of_the_length(start: float, end: float) -> None:
    line = np.array([[0.0, 0.0], [0.001, 0.0], [0.001, 0.002], [0.003, 0.002]])
    part = part_of_line(line, start, end)
    assert step_lengths_m(part).sum() == pytest.approx(
        abs(end - start) * step_lengths_m(line).sum(), rel=1e-6, abs=1e-3
    )
    assert part[0] == pytest.approx(part_of_line(line, end, start)[-1])
