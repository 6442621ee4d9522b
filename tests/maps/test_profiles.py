import dataclasses

import pytest

import maps


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"speeds_kmh": {"boulevard": 20.0}}, "unknown street class"),
        ({"speeds_kmh": {"primary": 0.0}}, "speed of primary is 0.0 km/h"),
        ({"push_kmh": -1.0}, "speed of push_kmh is -1.0"),
        ({"walk_kmh": float("nan")}, "speed of walk_kmh is nan"),
        ({"signal_delay_s": -1.0}, "signal_delay_s is -1.0"),
        ({"snap_limit_m": float("inf")}, "snap_limit_m is inf"),
    ],
)
def test_profiles_that_make_no_sense(change: dict[str, object], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        dataclasses.replace(maps.E_BIKE, **change)  # type: ignore[arg-type]  # wrong on purpose


def test_the_e_bike_keeps_the_law() -> None:
    assert max(maps.E_BIKE.speeds_kmh.values()) <= 25
    assert maps.E_BIKE.push_kmh < min(maps.E_BIKE.speeds_kmh.values())
    assert "steps" not in maps.E_BIKE.speeds_kmh
