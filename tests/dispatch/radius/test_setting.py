"""Settings: what they change in a world, and which values cannot be."""

import pytest

from dispatch import RequestError
from dispatch.radius import Setting, Study, grid, refuse_study
from dispatch.twin import Radius, sample_world
from tests.dispatch.radius.toy import world


def test_a_grid_is_every_combination_once_and_in_order() -> None:
    found = grid(radii_m=[3000, 1500, 1500], minutes=[10], riders=[12, 8], drones=[0], promises_min=[30])
    assert [each.label for each in found] == [
        "1.5 km, 8 riders, no drones, 30 min promise",
        "1.5 km, 12 riders, no drones, 30 min promise",
        "3 km, 8 riders, no drones, 30 min promise",
        "3 km, 12 riders, no drones, 30 min promise",
        "10 min away, 8 riders, no drones, 30 min promise",
        "10 min away, 12 riders, no drones, 30 min promise",
    ]


def test_what_no_list_names_stays_as_the_world_has_it() -> None:
    (setting,) = grid()
    assert setting.label == "the world as it is"
    assert setting.applied(world()) == world()


def test_a_setting_changes_radius_riders_drones_and_promise() -> None:
    base = sample_world(riders=3, drones=2).model_copy(update={"radius_by_store": {"store": Radius(metres=100.0)}})
    changed = Setting(radius=Radius(metres=1500.0), riders=7, drones=1, promise_min=45.0).applied(base)
    assert changed.reach("store") == Radius(metres=1500.0)
    assert changed.crews[:3] == base.crews
    assert [len(changed.crews), len(changed.drones), changed.promise_min] == [7, 1, 45.0]
    shifts = [crew.shift for crew in changed.crews]
    assert shifts[3:6] == shifts[:3]
    assert len({crew.rider.id for crew in changed.crews}) == 7
    fewer = Setting(riders=2, drones=0).applied(base)
    assert fewer.crews == base.crews[:2]
    assert fewer.drones == ()


def test_values_that_cannot_be_are_all_named() -> None:
    with pytest.raises(RequestError) as caught:
        grid(radii_m=[0, 2000, -1, float("nan")], minutes=[0, 1000], riders=[-3], drones=[-1], promises_min=[0])
    assert [fault.path for fault in caught.value.faults] == [
        "$.radii_m[0]", "$.radii_m[2]", "$.radii_m[3]", "$.minutes[0]", "$.minutes[1]", "$.promises_min[0]",
        "$.riders[0]", "$.drones[0]",
    ]  # fmt: skip
    with pytest.raises(RequestError, match="10100 settings; a study takes at most 1000"):
        grid(radii_m=range(1, 102), riders=range(1, 101))


def test_a_radius_beyond_the_map_and_a_fleet_of_nobody_are_refused_before_a_day_is_simulated() -> None:
    study = Study(world=sample_world(riders=2), settings=grid(radii_m=[2000, 49_000]), seeds=(0,))
    with pytest.raises(RequestError, match="no riders and no drones"):
        refuse_study(Study(world=sample_world(), settings=grid(riders=[0, 1], drones=[0]), seeds=(0,)))
    with pytest.raises(RequestError, match="49000 m reaches beyond the map 'coquimbo'") as caught:
        refuse_study(study)
    assert len(caught.value.faults) == 1


@pytest.mark.parametrize(
    ("update", "said"),
    [
        ({"seeds": ()}, "seeds"),
        ({"seeds": (1, 1)}, "seeds holds one twice"),
        ({"settings": ()}, "settings"),
        ({"on_time": 0.0}, "on_time"),
    ],
)
def test_studies_that_cannot_be(update: dict[str, object], said: str) -> None:
    whole = {"world": world(), "settings": grid(riders=[1, 2]), "seeds": (0, 1)}
    assert Study.model_validate(whole)
    with pytest.raises(ValueError, match=said):
        Study.model_validate(whole | update)
