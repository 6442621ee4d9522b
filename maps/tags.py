"""OpenStreetMap tags as facts about a street, as a bicycle's rider must read them.

Meanings follow the OpenStreetMap wiki: ``Key:highway``, ``Key:access``, ``Key:oneway``, ``Key:oneway:bicycle``,
``Key:cycleway``, ``Key:barrier``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from maps.streets import STREET_KINDS, Street

Tags = Mapping[str, str]

_KIND = {name: code for code, name in enumerate(STREET_KINDS)}
_KIND |= {f"{name}_link": _KIND[name] for name in ("motorway", "trunk", "primary", "secondary", "tertiary")}
_KIND |= {"road": _KIND["unclassified"], "bus_guideway": _KIND["busway"]}

_ALLOWED = {"yes", "designated", "permissive", "official"}
_FORBIDDEN = {"no", "use_sidepath"}
_ENDS_ONLY = {
    "private",
    "destination",
    "customers",
    "delivery",
    "permit",
    "residents",
    "employees",
    "agricultural",
    "forestry",
    "military",
}
# A bicycle does not fit through these, whoever may pass.
_NARROW = {"stile", "turnstile", "full-height_turnstile", "kissing_gate"}

_FORWARD = Street.RIDE_FORWARD
_BACKWARD = Street.RIDE_BACKWARD
_BOTH = _FORWARD | _BACKWARD
_ONEWAY = {"yes": _FORWARD, "true": _FORWARD, "1": _FORWARD, "-1": _BACKWARD, "reverse": _BACKWARD}
_ONEWAY |= dict.fromkeys(("no", "false", "0", "reversible", "alternating"), _BOTH)

_MPH_KMH = 1.609344
_SPEED = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(km/h|kmh|kph|mph)?\s*")


@dataclass(frozen=True)
class StreetTags:
    """What a street's tags say.

    Attributes:
        kind: Index into ``STREET_KINDS``.
        flags: Bits of ``Street``; forward is the direction in which the way was drawn.
        maxspeed_kmh: Posted limit, 0 if none is known.
        name: Its name, or its number where it has no name, or nothing.
    """

    kind: int
    flags: Street
    maxspeed_kmh: int
    name: str


def read_street(tags: Tags) -> StreetTags | None:
    """Read the tags of a way; None if it is no street: not a ``highway``, not built yet, a platform and the like."""
    kind = _KIND.get(tags.get("highway", ""))
    if kind is None:
        return None
    name = tags.get("name") or tags.get("ref") or ""
    return StreetTags(
        kind, _access(tags) | _directions(tags), _maxspeed_kmh(tags.get("maxspeed", "")), name.replace("\0", "")
    )


def is_closed_barrier(tags: Tags) -> bool:
    """Whether a node is a barrier that only people with business behind it pass."""
    barrier = tags.get("barrier")
    if not barrier or barrier == "no":
        return False
    for key in ("bicycle", "vehicle", "access"):
        value = tags.get(key, "")
        if value in _ALLOWED or (key == "bicycle" and value == "dismount"):
            return False
        if value in _FORBIDDEN or value in _ENDS_ONLY:
            return True
    return barrier in _NARROW


def read_signal(tags: Tags) -> tuple[bool, bool]:
    """Whether a node is a traffic signal for those who pass it along the way's drawing, and against it."""
    highway = tags.get("highway")
    if highway != "traffic_signals" and not (highway == "crossing" and tags.get("crossing") == "traffic_signals"):
        return False, False
    direction = tags.get("traffic_signals:direction")
    return direction != "backward", direction != "forward"


def _access(tags: Tags) -> Street:
    """The most specific of the bicycle's, vehicles' and everybody's access decides; walking is asked apart."""
    flags = Street.FOOT_NO if tags.get("foot") == "no" else Street(0)
    bicycle, vehicle, access, foot = (tags.get(key, "") for key in ("bicycle", "vehicle", "access", "foot"))
    if bicycle in _ALLOWED or "yes" in (tags.get("bicycle_road"), tags.get("cyclestreet")):
        return flags | Street.BICYCLE_YES
    if bicycle in _FORBIDDEN or (tags.get("motorroad") == "yes" and not bicycle):
        return flags | Street.BICYCLE_NO
    closed = access == "no" or access in _ENDS_ONLY
    if bicycle == "dismount":
        return flags | Street.BICYCLE_DISMOUNT
    if bicycle in _ENDS_ONLY or vehicle in _ENDS_ONLY:
        return flags | Street.PRIVATE
    if foot in _ALLOWED and (vehicle == "no" or (closed and not vehicle)):
        return flags | Street.BICYCLE_DISMOUNT
    if vehicle == "no":
        return flags | Street.BICYCLE_DISMOUNT | (Street.PRIVATE if closed else Street(0))
    if vehicle in _ALLOWED:
        return flags
    return flags | Street.PRIVATE if closed else flags


def _directions(tags: Tags) -> Street:
    """Which ways a bicycle may ride as far as one-way rules go."""
    for key in ("oneway:bicycle", "oneway"):
        rule = _ONEWAY.get(tags.get(key, ""))
        if rule is not None:
            break
    else:
        implied = tags.get("junction") in {"roundabout", "circular"} or tags.get("highway") == "motorway"
        rule = _FORWARD if implied else _BOTH
    if "oneway:bicycle" not in tags and _has_contraflow(tags):
        return _BOTH
    return rule


def _has_contraflow(tags: Tags) -> bool:
    """Whether a cycle lane or track runs against the one-way."""
    sides = ("cycleway", "cycleway:left", "cycleway:right", "cycleway:both")
    return any(
        tags.get(side, "").startswith("opposite") or tags.get(f"{side}:oneway") in {"-1", "no"} for side in sides
    )


def _maxspeed_kmh(value: str) -> int:
    """A posted limit in km/h: 0 for none, for words, and for figures that no sign would show."""
    found = _SPEED.fullmatch(value)
    if not found:
        return 0
    kmh = float(found[1]) * (_MPH_KMH if found[2] == "mph" else 1.0)
    return round(kmh) if 1 <= kmh <= 250 else 0  # noqa: PLR2004 - what fits a byte and a road
