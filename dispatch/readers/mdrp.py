"""The public meal-delivery instances: orders of many restaurants, couriers who roam, whole minutes.

The instances are days of a delivery platform, given to research with Reyes, Erera, Savelsbergh, Sahasrabudhe and
O'Neil, *The Meal Delivery Routing Problem* (2018). Four tab-separated files make one: ``orders.txt``, ``couriers.txt``,
``restaurants.txt`` and ``instance_parameters.txt``. Coordinates are metres in a plane, times are whole minutes, and a
way takes its straight length over one speed, rounded up to a whole minute.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dispatch.readers.mtvrptwr import FormatError
from dispatch.request import MAX_STORES

Points = NDArray[np.float64]
Minutes = NDArray[np.int64]

MAX_NUMBER, MAX_MIN, MAX_SERVICE_MIN, MAX_NAME = 1_000_000, 100_000, 1_000, 100
"""No metre or rate of an instance is beyond the first of these, no minute beyond the second: 69 days."""
ORDERS, COURIERS, RESTAURANTS, PARAMETERS = (
    "orders.txt",
    "couriers.txt",
    "restaurants.txt",
    "instance_parameters.txt",
)
COLUMNS: Mapping[str, tuple[str, ...]] = {
    ORDERS: ("order", "x", "y", "placement_time", "restaurant", "ready_time"),
    COURIERS: ("courier", "x", "y", "on_time", "off_time"),
    RESTAURANTS: ("restaurant", "x", "y"),
    PARAMETERS: (
        "meters_per_minute",
        "pickup service minutes",
        "dropoff service minutes",
        "target click-to-door",
        "maximum click-to-door",
        "pay per order",
        "guaranteed pay per hour",
    ),
}


@dataclass(frozen=True, slots=True)
class MealOrders:
    """The orders of a day, in the file's order.

    Attributes:
        ids: their names.
        xy_m: ``(n, 2)``, the customers' doors.
        placed_min: ``(n,)``, when each is placed; nothing is known of it before.
        ready_min: ``(n,)``, when its food is ready; known once it is placed.
        restaurant: ``(n,)``, index of its restaurant.
    """

    ids: tuple[str, ...]
    xy_m: Points
    placed_min: Minutes
    ready_min: Minutes
    restaurant: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class MealCouriers:
    """The couriers of a day, in the file's order.

    Attributes:
        ids: their names.
        xy_m: ``(m, 2)``, where each begins.
        on_min: ``(m,)``, when each begins.
        off_min: ``(m,)``, after which it picks nothing up; it may still drop off.
    """

    ids: tuple[str, ...]
    xy_m: Points
    on_min: Minutes
    off_min: Minutes


@dataclass(frozen=True, slots=True)
class MealRules:
    """What holds for everybody.

    Attributes:
        metres_per_min: speed.
        pickup_min: minutes at the restaurant, half before the pick-up and half after it; even.
        dropoff_min: minutes at a door, half before the drop-off and half after it; even.
        target_min: click-to-door that is aimed at.
        maximum_min: click-to-door that is not to be passed.
        pay_per_order: a courier's pay for each order.
        pay_per_h: what a courier earns at least for each hour on duty.
    """

    metres_per_min: float
    pickup_min: int
    dropoff_min: int
    target_min: int
    maximum_min: int
    pay_per_order: float
    pay_per_h: float

    def travel_min(self, origins_m: Points, destinations_m: Points) -> Minutes:
        """Minutes of every way, ``(len(origins_m), len(destinations_m))``."""
        way = origins_m[:, None, :] - destinations_m[None, :, :]
        # The root first, then the division: the published evaluator rounds the same way at whole minutes.
        metres = np.sqrt(way[..., 0] ** 2 + way[..., 1] ** 2)
        return np.ceil(metres / self.metres_per_min).astype(np.int64)


@dataclass(frozen=True, slots=True)
class MealDay:
    """An instance.

    Attributes:
        name: its folder's.
        orders: who orders what, when.
        couriers: who is on duty, when.
        restaurant_ids: names of the restaurants.
        restaurant_xy_m: ``(r, 2)``, where they are.
        rules: what holds for everybody.
    """

    name: str
    orders: MealOrders
    couriers: MealCouriers
    restaurant_ids: tuple[str, ...]
    restaurant_xy_m: Points
    rules: MealRules


@dataclass(frozen=True, slots=True)
class _Cell:
    """A field of a file, with what an error about it has to say."""

    path: Path
    line: int
    column: str
    text: str

    def refuse(self, wanted: str) -> FormatError:
        return FormatError(f"{self.path}, line {self.line}: {self.column} is {self.text!r}; give {wanted}")

    def number(self) -> float:
        try:
            value = float(self.text)
        except ValueError:
            value = math.nan
        if not abs(value) <= MAX_NUMBER:
            raise self.refuse(f"a number between -{MAX_NUMBER} and {MAX_NUMBER}")
        return value

    def speed(self) -> float:
        value = self.number()
        if value < 1:
            raise self.refuse("metres per minute, 1 or above")
        return value

    def not_negative(self) -> float:
        value = self.number()
        if value < 0:
            raise self.refuse("a number, 0 or above")
        return value

    def minute(self) -> int:
        value = self.number()
        if value != int(value) or not 0 <= value <= MAX_MIN:
            raise self.refuse(f"a whole number of minutes, 0 to {MAX_MIN}")
        return int(value)

    def service(self) -> int:
        """Minutes of service: half of them come before the event and half after it, both whole."""
        value = self.minute()
        if value % 2 or value > MAX_SERVICE_MIN:
            raise self.refuse(f"an even number of minutes, 0 to {MAX_SERVICE_MIN}: its half must be whole")
        return value

    def name(self) -> str:
        if not 0 < len(self.text) <= MAX_NAME or any(letter.isspace() for letter in self.text) or self.text == "0":
            raise self.refuse(f"a name of up to {MAX_NAME} letters without a space, other than 0")
        return self.text


_Row = Mapping[str, _Cell]


def read_mdrp(folder: str | Path) -> MealDay:
    """Read the four files of an instance.

    Raises:
        FormatError: naming the file, the line, the field and the value, if a file is missing or is not what it should
            be, if a name stands for two things, if an order is of an unknown restaurant or ready before it is placed,
            if a courier's duty ends before it begins, or if there is no restaurant or more than a dispatcher takes.
    """
    root = Path(folder)
    rules = _rules(root / PARAMETERS)
    restaurants = _rows(root / RESTAURANTS)
    if not 0 < len(restaurants) <= MAX_STORES:
        raise FormatError(f"{root / RESTAURANTS}: {len(restaurants)} restaurants; give 1 to {MAX_STORES}")
    couriers = _rows(root / COURIERS)
    orders = _rows(root / ORDERS)
    taken: dict[str, _Cell] = {}
    restaurant_ids = _names(restaurants, "restaurant", taken)
    courier_ids = _names(couriers, "courier", taken)
    order_ids = _names(orders, "order", taken)
    index = {name: i for i, name in enumerate(restaurant_ids)}
    return MealDay(
        name=root.resolve().name,
        orders=MealOrders(
            ids=order_ids,
            xy_m=_points(orders),
            placed_min=_minutes(orders, "placement_time"),
            ready_min=_later(orders, "ready_time", "placement_time"),
            restaurant=np.array([_known(row["restaurant"], index) for row in orders], dtype=np.int64),
        ),
        couriers=MealCouriers(
            ids=courier_ids,
            xy_m=_points(couriers),
            on_min=_minutes(couriers, "on_time"),
            off_min=_later(couriers, "off_time", "on_time"),
        ),
        restaurant_ids=restaurant_ids,
        restaurant_xy_m=_points(restaurants),
        rules=rules,
    )


def _rows(path: Path) -> list[_Row]:
    """The rows of a file by column, with the lines that they stand on."""
    wanted = COLUMNS[path.name]
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise FormatError(
            f"{path}: cannot be read ({error.strerror}); give a folder with {', '.join(COLUMNS)}"
        ) from None
    except UnicodeDecodeError:
        raise FormatError(f"{path}: is not UTF-8 text; give tab-separated text") from None
    header = tuple(name.strip() for name in lines[0].split("\t")) if lines else ()
    if header != wanted:
        raise FormatError(f"{path}, line 1: the columns are {header}; give {wanted}, tab-separated")
    rows: list[_Row] = []
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        cells = [cell.strip() for cell in line.split("\t")]
        if len(cells) != len(wanted):
            raise FormatError(f"{path}, line {number}: {len(cells)} fields; give {len(wanted)}: {', '.join(wanted)}")
        rows.append({name: _Cell(path, number, name, cell) for name, cell in zip(wanted, cells, strict=True)})
    return rows


def _rules(path: Path) -> MealRules:
    rows = _rows(path)
    if len(rows) != 1:
        raise FormatError(f"{path}: {len(rows)} lines of values; give one")
    row = rows[0]
    return MealRules(
        metres_per_min=row["meters_per_minute"].speed(),
        pickup_min=row["pickup service minutes"].service(),
        dropoff_min=row["dropoff service minutes"].service(),
        target_min=row["target click-to-door"].minute(),
        maximum_min=row["maximum click-to-door"].minute(),
        pay_per_order=row["pay per order"].not_negative(),
        pay_per_h=row["guaranteed pay per hour"].not_negative(),
    )


def _names(rows: Sequence[_Row], column: str, taken: dict[str, _Cell]) -> tuple[str, ...]:
    """The names of a file's rows. They are places in the solution's files, so no two may be the same."""
    for row in rows:
        cell = row[column]
        first = taken.setdefault(cell.name(), cell)
        if first is not cell:
            raise cell.refuse(f"another name: line {first.line} of {first.path.name} has it")
    return tuple(row[column].text for row in rows)


def _points(rows: Sequence[_Row]) -> Points:
    return np.array([[row["x"].number(), row["y"].number()] for row in rows], dtype=np.float64).reshape(-1, 2)


def _minutes(rows: Sequence[_Row], column: str) -> Minutes:
    return np.array([row[column].minute() for row in rows], dtype=np.int64)


def _later(rows: Sequence[_Row], column: str, than: str) -> Minutes:
    """The minutes of a column, none of which may come before that of another."""
    for row in rows:
        if row[column].minute() < row[than].minute():
            raise row[column].refuse(f"a minute not before {than}, {row[than].text}")
    return _minutes(rows, column)


def _known(cell: _Cell, index: Mapping[str, int]) -> int:
    if cell.text not in index:
        raise cell.refuse(f"a restaurant of {RESTAURANTS}")
    return index[cell.text]
