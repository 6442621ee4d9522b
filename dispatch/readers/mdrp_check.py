"""The judge of meal-delivery solutions: from the files alone, by the rules, with no code of the reader or the planner.

Rules and figures are those of the public evaluator, and three that it leaves out: the service before the pick-up, that
couriers ride nowhere but to what they were assigned, and that none sets off before it was told.
"""

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

Rows = list[dict[str, str]]


class _Bundle(NamedTuple):
    """A line of the assignments."""

    line: int
    assigned: int
    pickup: int
    courier: str
    orders: list[str]


class _Move(NamedTuple):
    """A line of the couriers' moves."""

    line: int
    departs: int
    origin: str
    destination: str


@dataclass(frozen=True, slots=True)
class MealVerdict:
    """What is wrong with a solution, and its figures as the judge finds them.

    Attributes:
        violations: a sentence each, with the file and the line; empty if the solution is valid.
        figures: by the names of ``MealFigures``, all but the seconds of a decision; means over nothing are None.
    """

    violations: tuple[str, ...]
    figures: dict[str, float | None]


@dataclass
class _Judge:
    """An instance's files and a solution's, as text and whole minutes."""

    instance: Path
    solution: Path
    found: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.orders = {row["order"]: row for row in self._table("orders.txt")}
        self.couriers = {row["courier"]: row for row in self._table("couriers.txt")}
        self.restaurants = {row["restaurant"]: row for row in self._table("restaurants.txt")}
        (self.rules,) = self._table("instance_parameters.txt")
        self.places = self.restaurants | self.orders | self.couriers
        self.half_pickup = int(self.rules["pickup service minutes"]) / 2
        self.half_dropoff = int(self.rules["dropoff service minutes"]) / 2
        self.bundles: list[_Bundle] = []
        self.moves: dict[str, list[_Move]] = {name: [] for name in self.couriers}
        self.dropoffs: dict[str, int] = {}

    def _table(self, name: str) -> Rows:
        with (self.instance / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file, delimiter="\t"))

    def say(self, name: str, line: int, text: str) -> None:
        self.found.append(f"{name}, line {line}: {text}")

    def lines(self, name: str) -> Iterator[tuple[int, list[str]]]:
        """The lines below a file's header, cut at each space."""
        text = (self.solution / name).read_text(encoding="utf-8").splitlines()
        yield from ((number, line.split(" ")) for number, line in enumerate(text[1:], start=2) if line.strip())

    def minute(self, name: str, line: int, text: str) -> int:
        if not text.isdecimal():
            self.say(name, line, f"{text!r} is no whole minute")
            return 0
        return int(text)

    def travel(self, origin: str, destination: str) -> int:
        a, b = self.places[origin], self.places[destination]
        metres = math.sqrt((float(b["x"]) - float(a["x"])) ** 2 + (float(b["y"]) - float(a["y"])) ** 2)
        return math.ceil(metres / float(self.rules["meters_per_minute"]))

    def read_bundles(self) -> None:
        name = "solution_info_assignments.txt"
        carried: set[str] = set()
        for line, (assigned, pickup, courier, *orders) in self.lines(name):
            unknown = [each for each in (courier, *orders) if each not in self.orders and each not in self.couriers]
            if unknown or courier not in self.couriers or not orders or any(o not in self.orders for o in orders):
                self.say(name, line, f"unknown courier or order: {unknown or [courier, *orders]}")
                continue
            bundle = _Bundle(line, self.minute(name, line, assigned), self.minute(name, line, pickup), courier, orders)
            self.bundles.append(bundle)
            for order in orders:
                if order in carried:
                    self.say(name, line, f"order {order} is carried twice")
                carried.add(order)
            self._judge_bundle(name, bundle)

    def _judge_bundle(self, name: str, bundle: _Bundle) -> None:
        line = bundle.line
        restaurants = {self.orders[order]["restaurant"] for order in bundle.orders}
        if len(restaurants) > 1:
            self.say(name, line, f"a bundle of several restaurants: {sorted(restaurants)}")
        off = int(self.couriers[bundle.courier]["off_time"])
        if bundle.pickup > off:
            self.say(name, line, f"picked up at {bundle.pickup}, after {bundle.courier} went off at {off}")
        for order in bundle.orders:
            row = self.orders[order]
            if bundle.assigned < int(row["placement_time"]):
                self.say(name, line, f"assigned at {bundle.assigned}, before {order} was placed")
            if bundle.pickup < int(row["ready_time"]):
                self.say(name, line, f"picked up at {bundle.pickup}, before {order} was ready")

    def read_moves(self) -> None:
        name = "solution_info_couriers.txt"
        last = None
        done: set[str] = set()
        for line, (courier, departs, start, destination) in self.lines(name):
            if courier != last and courier in done:
                self.say(name, line, f"the moves of {courier} are in two places")
            last = courier
            done.add(courier)
            origin = courier if start == "0" else start
            strange = [each for each in (courier, origin, destination) if each not in self.places]
            if strange or courier not in self.couriers:
                self.say(name, line, f"unknown place or courier: {strange or courier}")
                continue
            self.moves[courier].append(_Move(line, self.minute(name, line, departs), origin, destination))

    def read_dropoffs(self) -> None:
        name = "solution_info_orders.txt"
        told: set[str] = set()
        carried = {order: bundle for bundle in self.bundles for order in bundle.orders}
        for line, (order, placed, restaurant, ready, pickup, dropoff, courier) in self.lines(name):
            row = self.orders.get(order)
            if row is None or order in told:
                self.say(name, line, f"order {order} is unknown or told of twice")
                continue
            told.add(order)
            if (placed, restaurant, ready) != (row["placement_time"], row["restaurant"], row["ready_time"]):
                self.say(name, line, f"order {order} is not as in the instance")
            bundle = carried.get(order)
            if bundle is None:
                if pickup or dropoff or courier:
                    self.say(name, line, f"order {order} is in no assignment")
                continue
            if (pickup, courier) != (str(bundle.pickup), bundle.courier):
                self.say(name, line, f"order {order}: pick-up and courier are not those of its assignment")
            self.dropoffs[order] = self.minute(name, line, dropoff)
        missing = sorted(self.orders.keys() - told)
        if missing:
            self.say(name, 1, f"nothing is told of {missing[:5]}")

    def follow(self, courier: str) -> None:
        """Walk a courier's day: every move must be one of its assignments', in time."""
        name = "solution_info_couriers.txt"
        here, free = courier, float(self.couriers[courier]["on_time"])
        moves = iter(self.moves[courier])
        mine = sorted((bundle for bundle in self.bundles if bundle.courier == courier), key=lambda each: each.pickup)
        for bundle in mine:
            restaurant = self.orders[bundle.orders[0]]["restaurant"]
            free = max(free, bundle.assigned)
            for stop in (restaurant, *bundle.orders):
                move = next(moves, None)
                if move is None or (move.origin, move.destination) != (here, stop):
                    line = 1 if move is None else move.line
                    self.say(name, line, f"{courier} does not ride from {here} to {stop}, as it was assigned")
                    return
                if move.departs < free:
                    self.say(name, move.line, f"{courier} leaves {here} at {move.departs}, free from {free:g}")
                half = self.half_pickup if stop == restaurant else self.half_dropoff
                served = bundle.pickup if stop == restaurant else self.dropoffs.get(stop, 0)
                arrives = move.departs + self.travel(here, stop)
                if served < arrives + half:
                    text = f"{courier} is at {stop} at {arrives}; {served} is before half of the service is over"
                    self.say(name, move.line, text)
                here, free = stop, served + half
        for move in moves:
            self.say(name, move.line, f"{courier} rides to {move.destination} without an assignment")

    def figures(self) -> dict[str, float | None]:
        waits = [dropoff - int(self.orders[order]["placement_time"]) for order, dropoff in self.dropoffs.items()]
        target = int(self.rules["target click-to-door"])
        idle = [
            bundle.pickup - int(self.orders[order]["ready_time"]) for bundle in self.bundles for order in bundle.orders
        ]
        pay = 0.0
        for courier, row in self.couriers.items():
            carried = sum(len(bundle.orders) for bundle in self.bundles if bundle.courier == courier)
            hours = (int(row["off_time"]) - int(row["on_time"])) / 60
            pay += max(
                float(self.rules["pay per order"]) * carried, float(self.rules["guaranteed pay per hour"]) * hours
            )
        n = len(self.orders)
        return {
            "orders": n,
            "delivered": len(waits),
            "undelivered_share": 1 - len(waits) / n if n else 0.0,
            "click_to_door_mean_min": _mean(waits),
            "click_to_door_overage_mean_min": _mean([max(0, wait - target) for wait in waits]),
            "ready_to_pickup_mean_min": _mean(idle),
            "cost_per_order": pay / n if n else None,
            "orders_per_bundle": _mean([len(bundle.orders) for bundle in self.bundles]),
        }


def check_mdrp(instance: str | Path, solution: str | Path) -> MealVerdict:
    """Judge the three solution files in a folder against an instance's folder.

    Raises:
        OSError: if a file is not there.
        ValueError: if a line of the solution has too few or too many fields, or the instance's files are not readable.
    """
    judge = _Judge(Path(instance), Path(solution))
    judge.read_bundles()
    judge.read_moves()
    judge.read_dropoffs()
    for courier in judge.couriers:
        judge.follow(courier)
    return MealVerdict(tuple(judge.found), judge.figures())


def _mean(values: list[int]) -> float | None:
    return sum(values) / len(values) if values else None
