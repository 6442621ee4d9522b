"""The reader of meal-delivery instances: the hand-worked day, and everything that can be wrong with a file."""

from pathlib import Path

import numpy as np
import pytest

from dispatch.readers import FormatError, read_mdrp
from tests.dispatch.couriers.hand import FILES, write

ROOT = Path(__file__).resolve().parents[3]
PUBLIC = ROOT.parent / "shared" / "data" / "mdrp"


def test_the_hand_worked_day_is_read(tmp_path: Path) -> None:
    day = read_mdrp(write(tmp_path / "hand", FILES))
    assert day.name == "hand"
    assert day.orders.ids == ("o1", "o2")
    assert day.orders.xy_m.tolist() == [[0, -450], [1000, 250]]
    assert day.orders.placed_min.tolist() == [5, 8]
    assert day.orders.ready_min.tolist() == [20, 22]
    assert day.orders.restaurant.tolist() == [0, 1]
    assert day.couriers.ids == ("c1", "c2")
    assert day.couriers.on_min.tolist() == [0, 10]
    assert day.couriers.off_min.tolist() == [60, 40]
    assert day.restaurant_ids == ("r1", "r2")
    assert (day.rules.pickup_min, day.rules.dropoff_min, day.rules.target_min) == (4, 4, 22)
    assert (day.rules.pay_per_order, day.rules.pay_per_h) == (10, 15)


def test_a_begun_minute_counts_whole(tmp_path: Path) -> None:
    day = read_mdrp(write(tmp_path / "hand", FILES))
    assert day.rules.travel_min(day.couriers.xy_m, day.restaurant_xy_m).tolist() == [[3, 11], [13, 3]]
    corners = np.array([[0.0, 0.0], [300.0, 400.0], [300.0, 400.1]])
    assert day.rules.travel_min(corners[:1], corners).tolist() == [[0, 5, 6]]


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("orders.txt", "5\tr1", "5.5\tr1", "line 2: placement_time is '5.5'"),
        ("orders.txt", "5\tr1", "-5\tr1", "line 2: placement_time is '-5'"),
        ("orders.txt", "5\tr1", "nan\tr1", "line 2: placement_time is 'nan'"),
        ("orders.txt", "r2\t22", "r3\t22", "line 3: restaurant is 'r3'; give a restaurant of restaurants.txt"),
        ("orders.txt", "r2\t22", "r2\t7", "line 3: ready_time is '7'; give a minute not before placement_time, 8"),
        ("orders.txt", "o2", "o1", "line 3: order is 'o1'; give another name: line 2 of orders.txt has it"),
        ("orders.txt", "o2", "c1", "line 3: order is 'c1'; give another name: line 2 of couriers.txt has it"),
        ("orders.txt", "o2", "o 2", "order is 'o 2'; give a name of up to 100 letters without a space"),
        ("orders.txt", "o2", "0", "order is '0'; give a name"),
        ("orders.txt", "o2\t1000\t", "o2\t", "line 3: 5 fields; give 6"),
        ("orders.txt", "-450", "south", "line 2: y is 'south'; give a number"),
        ("orders.txt", "-450", "1e9", "line 2: y is '1e9'; give a number between -1000000 and 1000000"),
        (
            "orders.txt",
            "5\tr1",
            "1e6\tr1",
            "placement_time is '1e6'; give a whole number of minutes, 0 to 100000",
        ),
        ("restaurants.txt", "r1\t0\t0\nr2\t1000\t0\n", "", "0 restaurants; give 1 to 300"),
        ("orders.txt", "-450", "inf", "line 2: y is 'inf'"),
        ("orders.txt", "ready_time", "done_time", "line 1: the columns are"),
        ("couriers.txt", "0\t60", "61\t60", "line 2: off_time is '60'; give a minute not before on_time, 61"),
        ("instance_parameters.txt", "\n100", "\n0", "meters_per_minute is '0'; give metres per minute, 1 or above"),
        ("instance_parameters.txt", "100\t4", "100\t5", "pickup service minutes is '5'; give an even number"),
        ("instance_parameters.txt", "10\t15", "-1\t15", "pay per order is '-1'"),
        ("instance_parameters.txt", "100\t4\t4\t22\t90\t10\t15\n", "", "0 lines of values; give one"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, name: str, old: str, new: str, said: str) -> None:
    folder = write(tmp_path / "hand", FILES | {name: FILES[name].replace(old, new)})
    with pytest.raises(FormatError) as caught:
        read_mdrp(folder)
    assert said in str(caught.value)
    assert name in str(caught.value)


def test_files_that_are_not_there_or_no_text_are_named(tmp_path: Path) -> None:
    folder = write(tmp_path / "hand", FILES)
    (folder / "couriers.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FormatError, match=r"couriers\.txt: is not UTF-8"):
        read_mdrp(folder)
    (folder / "couriers.txt").unlink()
    with pytest.raises(FormatError, match=r"couriers\.txt: cannot be read"):
        read_mdrp(folder)
    (folder / "couriers.txt").write_text("")
    with pytest.raises(FormatError, match=r"couriers\.txt, line 1"):
        read_mdrp(folder)


@pytest.mark.skipif(not PUBLIC.is_dir(), reason="the public instances are not in ../shared/data/mdrp")
def test_the_public_instances_are_read() -> None:
    folders = sorted(path.parent for path in PUBLIC.glob("*/orders.txt"))
    assert len(folders) == 120
    for folder in folders[::20]:
        day = read_mdrp(folder)
        assert (day.rules.pickup_min, day.rules.dropoff_min, day.rules.target_min) == (4, 4, 40)
        assert day.rules.metres_per_min == (427 if "t75" in day.name else 320)
        assert len(day.orders.ids) >= 200
