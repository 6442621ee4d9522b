import pytest

from maps.streets import STREET_KINDS, Street
from maps.tags import is_closed_barrier, read_signal, read_street

BOTH = Street.RIDE_FORWARD | Street.RIDE_BACKWARD
RULES = BOTH | Street.PRIVATE | Street.BICYCLE_YES | Street.BICYCLE_DISMOUNT | Street.BICYCLE_NO | Street.FOOT_NO


def flags(tags: dict[str, str]) -> Street:
    street = read_street({"highway": "residential"} | tags)
    assert street is not None
    assert street.flags in RULES
    return street.flags


@pytest.mark.parametrize(
    ("tags", "rule"),
    [
        ({}, BOTH),
        ({"oneway": "no"}, BOTH),
        ({"oneway": "yes"}, Street.RIDE_FORWARD),
        ({"oneway": "1"}, Street.RIDE_FORWARD),
        ({"oneway": "-1"}, Street.RIDE_BACKWARD),
        ({"oneway": "reversible"}, BOTH),
        ({"oneway": "who knows"}, BOTH),
        ({"junction": "roundabout"}, Street.RIDE_FORWARD),
        ({"junction": "roundabout", "oneway": "no"}, BOTH),
        ({"highway": "motorway"}, Street.RIDE_FORWARD),
        ({"highway": "motorway_link"}, BOTH),
        ({"oneway": "yes", "oneway:bicycle": "no"}, BOTH),
        ({"oneway:bicycle": "-1"}, Street.RIDE_BACKWARD),
        ({"oneway": "yes", "cycleway": "opposite_track"}, BOTH),
        ({"oneway": "-1", "cycleway:right": "opposite"}, BOTH),
        ({"oneway": "yes", "cycleway:both": "opposite_lane"}, BOTH),
        ({"oneway": "yes", "cycleway:left:oneway": "-1"}, BOTH),
        ({"oneway": "yes", "cycleway:right:oneway": "no"}, BOTH),
        ({"oneway": "yes", "cycleway:both": "lane"}, Street.RIDE_FORWARD),
        ({"oneway": "yes", "oneway:bicycle": "yes", "cycleway": "opposite"}, Street.RIDE_FORWARD),
    ],
)
def test_directions(tags: dict[str, str], rule: Street) -> None:
    assert flags(tags) == rule


@pytest.mark.parametrize(
    ("tags", "rule"),
    [
        ({"access": "private"}, Street.PRIVATE),
        ({"access": "no"}, Street.PRIVATE),
        ({"access": "destination"}, Street.PRIVATE),
        ({"access": "permissive"}, Street(0)),
        ({"access": "private", "bicycle": "yes"}, Street.BICYCLE_YES),
        ({"access": "no", "bicycle": "permissive"}, Street.BICYCLE_YES),
        ({"access": "no", "foot": "yes"}, Street.BICYCLE_DISMOUNT),
        ({"access": "no", "vehicle": "yes"}, Street(0)),
        ({"vehicle": "no"}, Street.BICYCLE_DISMOUNT),
        ({"vehicle": "private"}, Street.PRIVATE),
        ({"vehicle": "no", "access": "private"}, Street.BICYCLE_DISMOUNT | Street.PRIVATE),
        ({"bicycle": "no"}, Street.BICYCLE_NO),
        ({"bicycle": "use_sidepath"}, Street.BICYCLE_NO),
        ({"bicycle": "dismount"}, Street.BICYCLE_DISMOUNT),
        ({"bicycle": "designated"}, Street.BICYCLE_YES),
        ({"bicycle": "private"}, Street.PRIVATE),
        ({"foot": "no"}, Street.FOOT_NO),
        ({"foot": "no", "bicycle": "yes"}, Street.FOOT_NO | Street.BICYCLE_YES),
        ({"motorroad": "yes"}, Street.BICYCLE_NO),
        ({"motorroad": "yes", "bicycle": "yes"}, Street.BICYCLE_YES),
        ({"cyclestreet": "yes"}, Street.BICYCLE_YES),
    ],
)
def test_access(tags: dict[str, str], rule: Street) -> None:
    assert flags(tags) == rule | BOTH


@pytest.mark.parametrize(
    ("highway", "kind"),
    [
        ("primary", "primary"),
        ("primary_link", "primary"),
        ("living_street", "living_street"),
        ("road", "unclassified"),
        ("construction", None),
        ("proposed", None),
        ("platform", None),
        ("traffic_signals", None),
        ("", None),
    ],
)
def test_classes(highway: str, kind: str | None) -> None:
    street = read_street({"highway": highway})
    assert (street and STREET_KINDS[street.kind]) == kind


@pytest.mark.parametrize(
    ("posted", "kmh"),
    [("50", 50), ("30 mph", 48), ("20 km/h", 20), ("none", 0), ("CN:urban", 0), ("", 0), ("0", 0), ("9999", 0)],
)
def test_limits(posted: str, kmh: int) -> None:
    street = read_street({"highway": "primary", "maxspeed": posted})
    assert street is not None
    assert street.maxspeed_kmh == kmh


def test_names() -> None:
    for tags, name in (({"name": "深南大道", "ref": "G4"}, "深南大道"), ({"ref": "G4"}, "G4"), ({}, "")):
        street = read_street({"highway": "primary", **tags})
        assert street is not None
        assert street.name == name


@pytest.mark.parametrize(
    ("tags", "closed"),
    [
        ({"barrier": "gate"}, False),
        ({"barrier": "gate", "access": "private"}, True),
        ({"barrier": "lift_gate", "access": "no"}, True),
        ({"barrier": "lift_gate", "access": "no", "bicycle": "yes"}, False),
        ({"barrier": "gate", "access": "yes", "bicycle": "no"}, True),
        ({"barrier": "gate", "vehicle": "no"}, True),
        ({"barrier": "bollard"}, False),
        ({"barrier": "stile"}, True),
        ({"barrier": "stile", "bicycle": "dismount"}, False),
        ({"barrier": "no", "access": "no"}, False),
        ({"access": "private"}, False),
    ],
)
def test_barriers(tags: dict[str, str], closed: bool) -> None:
    assert is_closed_barrier(tags) == closed


@pytest.mark.parametrize(
    ("tags", "signal"),
    [
        ({"highway": "traffic_signals"}, (True, True)),
        ({"highway": "traffic_signals", "traffic_signals:direction": "forward"}, (True, False)),
        ({"highway": "traffic_signals", "traffic_signals:direction": "backward"}, (False, True)),
        ({"highway": "crossing", "crossing": "traffic_signals"}, (True, True)),
        ({"highway": "crossing", "crossing": "zebra"}, (False, False)),
        ({}, (False, False)),
    ],
)
def test_signals(tags: dict[str, str], signal: tuple[bool, bool]) -> None:
    assert read_signal(tags) == signal
