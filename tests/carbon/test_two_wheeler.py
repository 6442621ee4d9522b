from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import carbon
from carbon import CARGO_BIKE, E_BIKE, MOPED, EBike

KMH = np.array([15.0, 20.0, 25.0])
RIDERS = [E_BIKE, CARGO_BIKE, MOPED]
kilograms = st.floats(0, 200)
metres = st.floats(1, 50_000)
speeds = st.floats(1, 20)


def grid_wh_per_km(vehicle: EBike, load_kg: float) -> list[float]:
    wh = carbon.grid_wh(vehicle.battery_wh(1000.0, 3600 / KMH, load_kg))
    return [round(float(each), 1) for each in wh]


def test_f8_gives_the_published_table_of_the_e_bike() -> None:
    # Grid side, Wh/km at 15, 20 and 25 km/h, the bundled parameters as they are: 75 kg rider, 23.3 kg bicycle, drive
    # 0.75 x 0.9 x 0.88, 15 W, 2 stops/km, air 1.204 kg/m3, charging 0.85 x 0.90.
    assert grid_wh_per_km(E_BIKE, 0) == [8.2, 11.4, 15.8]
    assert grid_wh_per_km(E_BIKE, 30) == [9.3, 12.7, 17.4]


def test_f8_gives_the_published_table_of_the_moped() -> None:
    # The table took 156 kg of rider, moped and a little luggage, 15 W for the source's 30 W, and air of 1.2 kg/m3.
    tabled = replace(MOPED, vehicle_kg=81.0, auxiliary_w=15.0, air_density_kg_m3=1.2)
    assert grid_wh_per_km(tabled, 0) == [16.1, 18.9, 22.6]
    assert grid_wh_per_km(tabled, 30) == [18.5, 21.4, 25.4]


def test_f8_by_hand() -> None:
    # 100 kg in all at 10 m/s, the rest made round: rolling 100 x 9.80665 x 0.01 = 9.80665 N, drag 0.5 x 100 = 50 N,
    # 1 stop/km = 0.001 x 0.5 x 100 x 100 = 5 N, so 64.80665 N / 0.5 = 129.6133 N; 36 W at 10 m/s = 3.6 N.
    # Over 1 km: 133.2133 kJ.
    bike = EBike("own", 20, 70, 0.01, 1.0, 0.5, 1.0, 1.0, 36.0, 1.0, 1.0)
    assert float(bike.battery_wh(1000, 100, 10)) == pytest.approx(133_213.3 / 3600, rel=1e-9)


@pytest.mark.parametrize(
    ("vehicle", "load_kg", "key", "slow_kmh", "fast_kmh"),
    [
        (E_BIKE, 0, "grid_side_electricity_e_bike_25_km_h", 15, 20),
        (CARGO_BIKE, 50, "grid_side_electricity_cargo_e_bike_171_kg_driving_mass_incl_50_kg_cargo", 12, 17),
        (MOPED, 0, "grid_side_electricity_e_scooter_4_kw", 25, 35),
    ],
)
def test_f8_is_near_the_source_models_own_drive_cycle(
    vehicle: EBike, load_kg: float, key: str, slow_kmh: float, fast_kmh: float
) -> None:
    # carculator_two_wheeler rides driving cycles; F8 passes each of its results within the class's own speeds.
    published = carbon.bundled_registry().get(key).value * 1000
    slow, fast = carbon.grid_wh(vehicle.battery_wh(1000.0, 3600 / np.array([slow_kmh, fast_kmh]), load_kg))
    assert slow < published < fast


def test_f8_of_the_cargo_bike_by_hand() -> None:
    # 45.98 + 75 + 50 = 170.98 kg at 5 m/s: rolling 170.98 x 9.80665 x 0.004 = 6.7070 N, drag 0.5 x 1.204 x 0.8855 x 25
    # = 13.3268 N, 2 stops/km = 0.002 x 0.5 x 170.98 x 25 = 4.2745 N; 24.3083 N / (0.7 x 0.9 x 0.88) = 43.8461 N, and
    # 15 W at 5 m/s = 3 N. 46.8461 kJ/km are 13.0128 Wh, 17.0102 Wh at the socket.
    wh = float(CARGO_BIKE.battery_wh(1000.0, 200.0, 50.0))
    assert wh == pytest.approx(13.0128, abs=1e-4)
    assert float(carbon.grid_wh(wh)) == pytest.approx(17.0102, abs=1e-4)


@pytest.mark.parametrize("vehicle", RIDERS)
def test_every_parameter_is_a_cited_factor(vehicle: EBike) -> None:
    for field, key in vehicle.factor_keys.items():
        assert carbon.bundled_registry().get(key).value == getattr(vehicle, field)
    assert len(vehicle.factor_keys) == 10


@given(st.sampled_from(RIDERS), metres, speeds, kilograms)
def test_coefficients_are_the_same_function(vehicle: EBike, distance: float, speed: float, load: float) -> None:
    empty, per_kg = vehicle.battery_wh_coefficients(speed)
    expected = distance * (float(empty) + float(per_kg) * load)
    assert float(vehicle.battery_wh(distance, distance / speed, load)) == pytest.approx(expected, rel=1e-9)


@given(st.sampled_from(RIDERS), metres, speeds, kilograms, kilograms)
def test_energy_is_linear_in_the_load(vehicle: EBike, distance: float, speed: float, one: float, two: float) -> None:
    wh = vehicle.battery_wh(distance, distance / speed, np.array([0.0, one, two, one + two]))
    assert wh[3] - wh[0] == pytest.approx((wh[1] - wh[0]) + (wh[2] - wh[0]), rel=1e-9, abs=1e-9 * float(wh[3]))
    assert wh[3] >= wh[1] >= wh[0] > 0


@given(st.sampled_from(RIDERS), st.floats(3, 20), st.floats(1, 2), kilograms)
def test_faster_never_costs_less_once_the_lamps_no_longer_rule(
    vehicle: EBike, speed: float, more: float, load: float
) -> None:
    # The slowest optimum is that of the empty moped with its 30 W: 2.9 m/s. Above it the air and the halts rule.
    slow, fast = vehicle.battery_wh(1000.0, 1000.0 / np.array([speed, speed * more]), load)
    assert fast >= slow * (1 - 1e-12)
