"""Small random boards, and what a plan on them costs by the rules, written out without the kernels."""

import itertools
import math
from collections.abc import Iterator

import numpy as np

from dispatch.couriers.board import COURIER, ORDER, PRICES, Board, Ways, make_board
from dispatch.couriers.search import Course

Plan = tuple[Course, ...]


def random_board(seed: int, n: int, m: int, r: int) -> Board:
    """``n`` orders of ``r`` pick-up places for ``m`` couriers, all within a quarter of an hour's ride."""
    rng = np.random.default_rng(seed)
    places = r + n + m
    xy = rng.integers(0, 12, (places, 2))
    seconds = 60.0 * np.ceil(np.sqrt(((xy[:, None] - xy) ** 2).sum(axis=2)))
    ways = Ways({str(i): i for i in range(places)}, seconds, seconds * 5)
    orders = np.zeros(n, dtype=ORDER)
    orders["placed_s"] = -60.0 * rng.integers(0, 20, n)
    orders["ready_s"] = 60.0 * rng.integers(-5, 20, n)
    orders["half_s"] = 60.0 * rng.integers(1, 3, n)
    orders["pick"] = rng.integers(0, r, n)
    couriers = np.zeros(m, dtype=COURIER)
    couriers["free_s"] = 60.0 * rng.integers(0, 10, m)
    couriers["off_s"] = 60.0 * rng.integers(20, 70, m)
    couriers["spare"] = rng.choice([0.0, 1.0, 2.0, np.inf], m)
    couriers["capacity"] = rng.integers(1, 4, m)
    prices = np.array([(7_200.0, 0.2, 90.0, 3_600.0, 120.0)], dtype=PRICES)
    astray_s = 60.0 * rng.integers(0, 15, places)
    picks, doors, starts = np.split(np.arange(places), [r, r + n])
    return make_board(orders, couriers, prices, ways, doors, picks, starts, astray_s.astype(np.float64))


def price_s(b: Board, plan: Plan) -> float:
    """What a plan costs; inf if it breaks a rule."""
    price = b.prices[0]
    carried = [o for course in plan for trip in course for o in trip]
    total_s = (len(b.orders) - len(carried)) * float(price["left_out_s"])
    for c, course in enumerate(plan):
        courier = b.couriers[c]
        clock_s, here = float(courier["free_s"]), None
        for trip in course:
            picks = {int(b.orders["pick"][o]) for o in trip}
            if len(picks) > 1 or len(trip) > courier["capacity"]:
                return math.inf
            (pick,) = picks
            clock_s += b.start_s[c, pick] if here is None else b.next_s[here, pick]
            clock_s = max([clock_s + price["half_pick_s"], *(b.orders["ready_s"][o] for o in trip)])
            if clock_s > courier["off_s"]:
                return math.inf
            clock_s += price["half_pick_s"]
            for number, o in enumerate(trip):
                clock_s += b.orders["out_s"][o] if number == 0 else b.hop_s[here, o]
                clock_s += b.orders["half_s"][o]
                total_s += clock_s - b.orders["placed_s"][o]
                clock_s += b.orders["half_s"][o]
                here = o
        if here is None:
            continue
        before, after = (
            min(max((courier["off_s"] - at_s) / price["fade_s"], 0.0), 1.0) for at_s in (courier["free_s"], clock_s)
        )
        total_s += price["astray"] * (b.astray_s[here] * after - courier["astray_s"] * before)
        total_s += price["overpaid_s"] * max(0.0, sum(map(len, course)) - courier["spare"])
    return float(total_s)


def courses(orders: tuple[int, ...]) -> Iterator[Course]:
    """Every way to cut a sequence of orders into trips."""
    for cuts in itertools.product((False, True), repeat=max(0, len(orders) - 1)):
        bounds = [0, *(i for i, cut in enumerate(cuts, start=1) if cut), len(orders)]
        yield tuple(orders[a:b] for a, b in itertools.pairwise(bounds) if a < b)


def plans(n: int, m: int) -> Iterator[Plan]:
    """Every plan for ``n`` orders and ``m`` couriers."""
    for seats in itertools.product(range(-1, m), repeat=n):
        mine = [[o for o in range(n) if seats[o] == c] for c in range(m)]
        options = [
            [course for sequence in itertools.permutations(orders) for course in courses(sequence)] for orders in mine
        ]
        yield from itertools.product(*options)
