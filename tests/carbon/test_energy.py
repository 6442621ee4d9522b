import math
import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import carbon
from carbon import CARGO_BIKE, E_BIKE, M100, MOPED, EBike

RIDERS = [E_BIKE, CARGO_BIKE, MOPED]
kilograms = st.floats(0, 200)
metres = st.floats(1, 50_000)
speeds = st.floats(1, 20)


@given(st.sampled_from(RIDERS), metres, st.floats(1, 3), speeds, kilograms)
def test_more_distance_never_costs_less(
    vehicle: EBike, distance: float, more: float, speed: float, load: float
) -> None:
    far = distance * more
    assert vehicle.battery_wh(far, far / speed, load) >= vehicle.battery_wh(distance, distance / speed, load) * (
        1 - 1e-12
    )
    assert vehicle.battery_wh(far, 600, load) >= vehicle.battery_wh(distance, 600, load) * (1 - 1e-12)
    assert M100.battery_wh(far, load, speed) >= M100.battery_wh(distance, load, speed) * (1 - 1e-12)


@given(st.lists(st.tuples(metres, speeds, kilograms), min_size=1, max_size=5))
def test_arrays_give_what_numbers_give(legs: list[tuple[float, float, float]]) -> None:
    far, fast, load = map(np.array, zip(*legs, strict=True))
    assert E_BIKE.battery_wh(far, far / fast, load) == pytest.approx(
        [float(E_BIKE.battery_wh(m, m / v, kg)) for m, v, kg in legs]
    )
    assert M100.battery_wh(far, load, fast) == pytest.approx([float(M100.battery_wh(m, kg, v)) for m, v, kg in legs])


def test_no_way_costs_nothing_and_no_path_costs_infinity() -> None:
    assert E_BIKE.battery_wh([0, 0, math.inf], [0, 60, math.inf], 5).tolist() == [0, 0, math.inf]
    assert M100.battery_wh([0, math.inf], 1, 12).tolist() == [0, math.inf]
    assert E_BIKE.battery_wh(np.ones((2, 3)), np.ones((2, 1)), np.ones(3)).shape == (2, 3)


@pytest.mark.parametrize("bad", [-1.0, math.nan])
def test_impossible_legs_are_refused_by_name(bad: float) -> None:
    for arguments, field in (((bad, 1, 1), "metres"), ((1, bad, 1), "seconds"), ((1, 1, bad), "load_kg")):
        with pytest.raises(carbon.QuantityError, match=f"{field} is {bad}"):
            E_BIKE.battery_wh(*arguments)
    for arguments, field in (((bad, 1, 1), "metres"), ((1, bad, 1), "payload_kg"), ((1, 1, bad), "speed_mps")):
        with pytest.raises(carbon.QuantityError, match=f"{field} is {bad}"):
            M100.battery_wh(*arguments)
    with pytest.raises(carbon.QuantityError, match="battery_wh is"):
        carbon.grid_wh(bad)


def test_speed_must_be_possible() -> None:
    with pytest.raises(carbon.QuantityError, match="seconds is 0"):
        E_BIKE.battery_wh(100, 0, 0)
    with pytest.raises(carbon.QuantityError, match="speed_mps is 0"):
        M100.battery_wh(100, 0, 0)
    with pytest.raises(carbon.QuantityError, match="wind_mps is inf"):
        M100.battery_wh(100, 0, 10, math.inf)


def test_vehicles_survive_another_process() -> None:
    for vehicle in carbon.VEHICLES.values():
        assert pickle.loads(pickle.dumps(vehicle)) == vehicle  # noqa: S301 - pickled on this line
        assert hash(vehicle) == hash(replace(vehicle))
