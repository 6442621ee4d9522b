"""The search: optimal where every plan can be tried, and its running costs those of the rules."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.couriers.board import Courses, empty_courses
from dispatch.couriers.kernel import ALONE, cheapest, course_cost_s, put, take
from dispatch.couriers.search import Course, solve
from dispatch.engines.kernel import NOBODY
from tests.dispatch.couriers.boards import Plan, plans, price_s, random_board

RNG = np.array([1], dtype=np.uint64)


@pytest.mark.parametrize("seed", range(12))
def test_no_plan_of_a_small_board_is_better(seed: int) -> None:
    board = random_board(seed, n=4, m=2, r=2)
    found = tuple(solve(board, [(), ()], 300, seed))
    best = min(price_s(board, plan) for plan in plans(4, 2))
    assert price_s(board, found) == pytest.approx(best)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 14), st.integers(1, 5), st.integers(1, 4))
def test_a_plan_is_valid_whole_and_the_same_again(seed: int, n: int, m: int, r: int) -> None:
    board = random_board(seed, n, m, r)
    found = tuple(solve(board, [()] * m, 100, seed))
    carried = [o for course in found for trip in course for o in trip]
    assert len(carried) == len(set(carried))
    assert np.isfinite(price_s(board, found))
    assert tuple(solve(board, [()] * m, 100, seed)) == found
    assert price_s(board, tuple(solve(board, found, 100, seed + 1))) <= price_s(board, found) + 1e-6
    assert tuple(solve(board, found, 0, seed)) == found or len(carried) < n


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 7))
def test_the_cheapest_place_is_the_cheapest_of_all_that_are_near_enough(seed: int, n: int) -> None:
    board = random_board(seed, n, m=2, r=2)
    courses = empty_courses(n, 2)
    for o in range(n):
        before = tuple(trips(courses, c) for c in range(2))
        c, at, how = cheapest(board, courses, o, 0.0, RNG)
        extra_s = 0.0
        if c != NOBODY:
            put(board, courses, o, c, at, how)
            after = tuple(trips(courses, k) for k in range(2))
            extra_s = price_s(board, after) - price_s(board, before)
            assert extra_s < 0
            assert courses.cost_s[c] == pytest.approx(course_cost_s(board, courses, c, c))
            assert courses.seat[o] == c
        # A courier that could not even go at once in less is not looked at.
        floor_s = dict(zip(board.nearest[o].tolist(), board.floor_s[o].tolist(), strict=True))
        near = [k for k in range(2) if floor_s[k] - board.prices["left_out_s"][0] < extra_s]
        options = [price_s(board, plan) for plan in with_order(before, o, near)]
        assert min(options, default=np.inf) >= price_s(board, before) + extra_s - 1e-6


def test_taking_a_trips_first_order_leaves_the_trip() -> None:
    courses = empty_courses(3, 1)
    courses.seq[0, :3], courses.head[0, :3], courses.size[0] = [0, 1, 2], [True, False, True], 3
    courses.seat[:] = 0
    take(courses, 0)
    assert trips(courses, 0) == ((1,), (2,))
    take(courses, 2)
    assert trips(courses, 0) == ((1,),)
    assert courses.seat.tolist() == [NOBODY, 0, NOBODY]


def test_a_course_that_cannot_be_is_begun_anew() -> None:
    board = random_board(3, n=3, m=1, r=1)
    board.couriers["capacity"] = 1
    (course,) = solve(board, [((0, 1, 2),)], 50, 0)
    assert all(len(trip) == 1 for trip in course)


def test_it_stops_when_it_is_told_to() -> None:
    board = random_board(5, n=12, m=3, r=3)
    asked = []

    def enough() -> bool:
        asked.append(1)
        return True

    stopped = solve(board, [()] * 3, 10_000, 0, enough)
    assert len(asked) == 1
    assert np.isfinite(price_s(board, tuple(stopped)))
    assert ALONE == 0


def trips(courses: Courses, c: int) -> Course:
    """A course as tuples."""
    cut: list[list[int]] = []
    for k in range(courses.size[c]):
        if courses.head[c, k]:
            cut.append([])
        cut[-1].append(int(courses.seq[c, k]))
    return tuple(map(tuple, cut))


def with_order(plan: Plan, o: int, near: list[int]) -> Iterator[Plan]:
    """Every plan with one more order for a courier that is near, in a trip of its own or within another."""
    for c in near:
        course = plan[c]
        grown = [(*course[:i], (o,), *course[i:]) for i in range(len(course) + 1)]
        for i, trip in enumerate(course):
            grown += [(*course[:i], (*trip[:k], o, *trip[k:]), *course[i + 1 :]) for k in range(len(trip) + 1)]
        yield from ((*plan[:c], each, *plan[c + 1 :]) for each in grown)
