"""Where to open stores: against every choice on small instances, and proven on the bundled city."""

import json
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

import dispatch
import maps
from dispatch.request import RiderKind, StraightTravel
from dispatch.siting import Candidate, DemandPoint, Siting, SitingRequest, grid, reach_s, site

HERE = (113.94, 22.55)


def request(candidates: int, weights: list[float], k: int, **more: Any) -> SitingRequest:
    """Candidates ``c0, c1, ...`` and demand; places do not matter where times are given."""
    return SitingRequest(
        candidates=[Candidate(id=f"c{i}", location=HERE) for i in range(candidates)],
        demand=[DemandPoint(location=HERE, weight=weight) for weight in weights],
        k=k,
        **{"minutes": 10} | more,
    )


def times(*rows: str) -> Any:
    """A row for each candidate: x is reached in time, o too late, . never."""
    return np.array([[{"x": 600.0, "o": 600.1, ".": np.inf}[cell] for cell in row] for row in rows])


def names(answer: Siting) -> list[str]:
    return [store.id for store in answer.stores]


def test_greedy_would_take_the_big_middle_and_miss() -> None:
    """The middle reaches most alone, 60 of 100; the two halves together reach all."""
    seconds = times("xxx...", ".xxxx.", "...xxx")
    answer = site(request(3, [20, 15, 15, 15, 15, 20], 2), seconds)
    assert names(answer) == ["c0", "c2"]
    assert (answer.covered, answer.demand, answer.share, answer.bound, answer.proven) == (100, 100, 1, 100, True)
    assert [(store.reached, store.alone) for store in answer.stores] == [(50, 50), (50, 50)]


def test_open_stores_stay_and_their_demand_needs_no_other() -> None:
    seconds = times("xxx...", ".xxxx.", "...xxx")
    answer = site(request(3, [20, 15, 15, 15, 15, 20], 1, open=["c1"]), seconds)
    assert [(store.open, store.reached, store.alone) for store in answer.stores] == [(True, 60, 30), (False, 50, 20)]
    assert names(answer)[0] == "c1"
    assert answer.covered == answer.bound == 80
    assert answer.proven


def test_a_second_too_late_is_too_late() -> None:
    answer = site(request(2, [1, 5], 1), times("xo", "x."))
    assert answer.covered == 1
    assert site(request(2, [1, 5], 1, minutes=10.01), times("xo", "x.")).covered == 6


def test_a_candidate_without_a_way_is_named_and_passed_over() -> None:
    answer = site(request(3, [1, 1], 2), times("x.", "..", ".x"))
    assert names(answer) == ["c0", "c2"]
    assert answer.unreachable == ("c1",)
    with pytest.raises(
        dispatch.RequestError, match=r"3 stores to choose from 2 candidates; no way leads from \['c1'\]"
    ):
        site(request(3, [1, 1], 3), times("x.", "..", ".x"))


def test_demand_that_nobody_reaches_counts_in_the_share() -> None:
    answer = site(request(2, [3, 1], 2), times(".x", "oo"))
    assert (answer.covered, answer.share, answer.proven) == (1, 0.25, True)


def test_when_the_open_stores_reach_all_any_choice_is_best() -> None:
    answer = site(request(3, [1, 1], 1, open=["c0"]), times("xx", "x.", ".x"))
    assert (answer.covered, answer.bound, answer.proven, len(answer.stores)) == (2, 2, True, 2)


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_no_choice_is_better(data: st.DataObject) -> None:
    rows, columns = data.draw(st.integers(1, 7)), data.draw(st.integers(1, 9))
    weight = st.one_of(st.integers(0, 20).map(float), st.floats(0, 1000))
    weights = data.draw(st.lists(weight, min_size=columns, max_size=columns).filter(lambda w: sum(w) > 1e-6))
    cells = st.text("xo.", min_size=columns, max_size=columns)
    seconds = times(*data.draw(st.lists(cells, min_size=rows, max_size=rows)))
    opened = data.draw(st.sets(st.integers(0, rows - 1), max_size=rows - 1))
    free = [row for row in range(rows) if row not in opened and np.isfinite(seconds[row]).any()]
    k = data.draw(st.integers(1, max(1, len(free))))
    asked = request(rows, weights, k, open=[f"c{row}" for row in sorted(opened)])
    if k > len(free):
        with pytest.raises(dispatch.RequestError):
            site(asked, seconds)
        return

    def covered(chosen: set[int]) -> float:
        return float(np.array(weights)[(seconds[sorted(chosen)] <= 600).any(axis=0)].sum())

    best = max(covered(opened | set(some)) for some in combinations(free, k))
    answer = site(asked, seconds)
    assert answer.proven
    assert answer.covered == pytest.approx(best, rel=1e-8)
    assert answer.covered <= answer.bound * (1 + 1e-12)
    chosen = {int(name[1:]) for name in names(answer)}
    assert answer.covered == covered(chosen)
    assert len(chosen) == k + len(opened)
    for store in answer.stores:
        row = int(store.id[1:])
        assert store.open == (row in opened)
        assert store.alone == pytest.approx(
            covered(chosen) - covered(chosen - {row}) if len(chosen) > 1 else covered(chosen)
        )


def test_a_limit_too_small_for_a_proof_gives_a_choice_and_a_bound() -> None:
    rng = np.random.default_rng(2)
    seconds = np.where(rng.random((60, 300)) < 0.08, 1.0, np.inf)
    asked = request(60, rng.integers(1, 50, 300).tolist(), 10)
    full = site(asked, seconds)
    assert full.proven
    short = site(asked, seconds, work_limit=1e-6)
    assert len(short.stores) == 10
    assert not short.proven
    assert short.covered <= full.covered <= short.bound <= short.demand


def test_a_grid_stands_where_demand_is_and_reads_like_a_page() -> None:
    """Squares of 1 km on the equator: two in the north with points, one in the south; one point weighs nothing."""
    metre = float(np.degrees(1 / 6_371_000))
    places = [(0, 0, 1), (400, 600, 1), (100, 1_400, 1), (1_500, 1_500, 2), (1_900, 1_900, 2), (1_500, 100, 0)]
    demand = [DemandPoint(location=(east * metre, north * metre), weight=weight) for east, north, weight in places]
    found = [
        (candidate.id, *(round(degrees / metre) for degrees in candidate.location)) for candidate in grid(demand, 1_000)
    ]
    assert found == [("site-1", 100, 1_400), ("site-2", 1_500, 1_500), ("site-3", 400, 600)]
    with pytest.raises(dispatch.RequestError, match=r"\$\.demand: there is no demand"):
        grid(demand[-1:], 1_000)
    with pytest.raises(dispatch.RequestError, match=r"\$\.grid_m: 0; give 100 to 100000 metres"):
        grid(demand, 0)


def city(k: int, minutes: float, **more: Any) -> SitingRequest:
    """Candidates on a grid of 1 km over La Serena and Coquimbo; its people are the demand."""
    places, people = maps.bundled_people().along(maps.bundled_map())
    demand = [
        DemandPoint(location=(lon, lat), weight=weight)
        for (lon, lat), weight in zip(places.tolist(), people.tolist(), strict=True)
    ]
    return SitingRequest(candidates=grid(demand, 1_000), demand=demand, k=k, minutes=minutes, **more)


def test_the_bundled_city_is_solved_to_a_proof_and_the_same_each_time() -> None:
    asked = city(4, 12)
    seconds = reach_s(asked)
    answer = site(asked, seconds)
    assert answer.proven
    assert answer.bound == answer.covered
    assert 0.5 < answer.share < 1
    assert answer.demand == pytest.approx(maps.bundled_people().total)
    assert site(asked, seconds).model_dump_json() == answer.model_dump_json()
    assert Siting.model_validate_json(answer.model_dump_json()) == answer
    fewer = site(asked.model_copy(update={"k": 3}), seconds)
    assert fewer.covered <= answer.covered
    # Opening what was chosen and asking for the rest again loses at most what a fixed start costs.
    onwards = site(asked.model_copy(update={"k": 1, "open": tuple(names(fewer))}), seconds)
    assert fewer.covered <= onwards.covered <= answer.covered


def test_reach_along_streets_is_that_of_the_matrices() -> None:
    lon, lat = maps.SAMPLE_STORE
    asked = city(2, 10)
    near = [Candidate(id=str(i), location=(lon + 0.005 * i, lat)) for i in range(-2, 3)]
    asked = asked.model_copy(update={"candidates": near, "demand": asked.demand[::900]})
    travel = maps.TravelTimes(maps.bundled_map(), maps.E_BIKE)
    travel.add([item.location for item in (*asked.candidates, *asked.demand)])
    ridden = reach_s(asked)
    assert np.isfinite(ridden).any()
    assert np.array_equal(ridden, travel.seconds[:5, 5:])
    moped = reach_s(asked.model_copy(update={"kind": RiderKind.MOPED}))
    both = np.isfinite(moped) & np.isfinite(ridden)
    assert (moped[both] < ridden[both]).mean() > 0.5


def test_reach_in_straight_lines() -> None:
    """One kilometre along the equator with detours of 1.3 at 13 km/h is six minutes."""
    asked = SitingRequest(
        candidates=[Candidate(id="c", location=(0, 0))],
        demand=[DemandPoint(location=(float(np.degrees(1_000 / 6_371_000)), 0), weight=1)],
        k=1,
        minutes=6,
        travel=StraightTravel(kind="straight", speed_kmh=13, speed_kmh_by_kind={RiderKind.MOPED: 26}),
    )
    assert reach_s(asked)[0, 0] == pytest.approx(360)
    assert reach_s(asked.model_copy(update={"kind": RiderKind.MOPED}))[0, 0] == pytest.approx(180)
    assert site(asked.model_copy(update={"minutes": 6.001})).covered == 1
    assert site(asked.model_copy(update={"minutes": 5.999})).covered == 0


@pytest.mark.parametrize(
    ("change", "path", "said"),
    [
        ({"k": 0}, "$.k", "0 is outside 1..2"),
        ({"k": 3}, "$.k", "3 is outside 1..2"),
        ({"k": 2, "open": ["a"]}, "$.k", "2 is outside 1..1"),
        ({"open": ["z"]}, "$.open[0]", "no candidate has the id 'z'"),
        ({"demand": []}, "$.demand", "there is no demand"),
        ({"demand": [{"location": [0, 0], "weight": 0}]}, "$.demand", "there is no demand"),
        (
            {"candidates": [{"id": "a", "location": [0, 0]}, {"id": "a", "location": [0, 0]}]},
            "$.candidates[1].id",
            "already the id",
        ),
        ({"travel": {"kind": "map", "name": "nowhere"}}, "$.travel.name", "there is no map named 'nowhere'"),
    ],
)
def test_what_cannot_be_sited_is_said(change: dict[str, Any], path: str, said: str) -> None:
    document = {
        "candidates": [{"id": "a", "location": [0, 0]}, {"id": "b", "location": [0.01, 0]}],
        "demand": [{"location": [0, 0], "weight": 1}],
        "k": 1,
        "minutes": 10,
        "travel": {"kind": "straight"},
    }
    assert site(SitingRequest.model_validate_json(json.dumps(document))).covered == 1
    with pytest.raises(dispatch.RequestError) as caught:
        site(SitingRequest.model_validate_json(json.dumps(document | change)))
    assert [(fault.path, said in fault.text) for fault in caught.value.faults] == [(path, True)]


@pytest.mark.parametrize(
    "change",
    [
        {"minutes": 0},
        {"minutes": float("nan")},
        {"k": True},
        {"candidates": []},
        {"demand": [{"location": [0, 91], "weight": 1}]},
        {"demand": [{"location": [0, 0], "weight": -1}]},
    ],
)
def test_malformed_fields_are_refused(change: dict[str, Any]) -> None:
    document = {"candidates": [{"id": "a", "location": (0, 0)}], "demand": [], "k": 1, "minutes": 10} | change
    with pytest.raises(ValidationError):
        SitingRequest.model_validate(document)


def test_a_request_too_large_for_memory_is_refused() -> None:
    with pytest.raises(dispatch.RequestError, match="26,000 points from 2,000 candidates are over 50,000,000 travel"):
        site(request(2_000, [1.0] * 26_000, 1))


def test_times_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match=r"shape \(1, 2\); rows are candidates"):
        site(request(2, [1, 1], 1), times("xx"))
