import json
import pickle

import pytest
from pydantic import ValidationError

from dispatch import Matrix, PlanRequest, RequestError, json_path, read_request
from dispatch.faults import faults_of, refuse_contradictions
from dispatch.online import DECISIONS
from tests.dispatch.build import at, drone, line, order, pinned, request, rider


def paths(error: RequestError) -> set[str]:
    return {fault.path for fault in error.faults}


def test_json_path_leaves_out_the_tag_of_the_union() -> None:
    assert json_path(("orders", 3, "mass_kg")) == "$.orders[3].mass_kg"
    assert json_path(("travel", "matrix", "seconds", 0)) == "$.travel.seconds[0]"
    assert json_path(()) == "$"


def test_a_document_has_no_names_for_the_members_of_its_unions() -> None:
    document = {"kind": "hold", "id": "e", "at": "2026-11-20T20:00:00Z", "order_id": 3}
    with pytest.raises(ValidationError) as caught:
        DECISIONS.validate_python(document)
    found = {fault.path for fault in faults_of(caught.value, document=document)}
    assert {"$.order_id", "$.event_id", "$.until"} <= found
    assert not [path for path in found if path.startswith("$.hold")]


@pytest.mark.parametrize(
    ("travel", "text"), [({}, "this field is required"), ({"kind": "boat"}, "there is no 'boat'; take one of 'map', ")]
)
def test_a_union_without_its_tag_is_at_fault_there(travel: dict[str, str], text: str) -> None:
    document = json.loads(request(order("a"), travel=line(10)).model_dump_json()) | {"travel": travel}
    with pytest.raises(RequestError) as caught:
        read_request(json.dumps(document))
    (fault,) = caught.value.faults
    assert (fault.path, fault.text[: len(text)]) == ("$.travel.kind", text)


def test_every_fault_is_listed_at_its_path() -> None:
    document = json.loads(request(order("a"), order("b"), travel=line(10, 20)).model_dump_json())
    document["orders"][0]["mass_kg"] = -1
    document["orders"][1]["location"] = [0, 200]
    document["stores"][0]["colour"] = "red"
    del document["now"]
    with pytest.raises(RequestError) as caught:
        read_request(json.dumps(document))
    assert paths(caught.value) == {"$.orders[0].mass_kg", "$.orders[1].location", "$.stores[0].colour", "$.now"}


def test_not_json_is_one_fault_at_the_root() -> None:
    with pytest.raises(RequestError, match=r"\$: Invalid JSON"):
        read_request("{")


@pytest.mark.parametrize("document", ["[]", "3", '"x"', "null"])
def test_json_that_is_no_object_is_refused(document: str) -> None:
    with pytest.raises(RequestError, match=r"\$"):
        read_request(document)


def test_too_many_orders_names_the_way_out() -> None:
    document = json.loads(request(order("a"), travel=line(10)).model_dump_json())
    document["orders"] = [document["orders"][0] | {"id": f"o{i}"} for i in range(10_000)]
    with pytest.raises(RequestError, match=r"10000 orders; one snapshot takes at most 2000: split"):
        read_request(json.dumps(document))


def test_contradictions_are_found_together() -> None:
    bad = request(
        order("a"),
        order("a"),
        riders=[rider("r"), rider("r"), rider("q", store_id="elsewhere")],
        travel=line(10),
    )
    with pytest.raises(RequestError) as caught:
        refuse_contradictions(bad)
    assert paths(caught.value) >= {"$.orders[1].id", "$.riders[1].id", "$.riders[2].store_id", "$.travel.seconds"}


def test_the_error_survives_a_process_boundary() -> None:
    with pytest.raises(RequestError) as caught:
        read_request("{")
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own bytes
    assert again.faults == caught.value.faults


CONTRADICTIONS: dict[str, tuple[PlanRequest, str, str]] = {
    "a shared store that is not there": (
        request(riders=[rider(shared_with=("s", "z"))], travel=line()),
        "$.riders[0].shared_with[1]",
        "no store has the id 'z'; stores: 's'",
    ),
    "a vehicle that is free at no store": (
        request(drones=[drone(free_store_id="z")], travel=line()),
        "$.drones[0].free_store_id",
        "no store has the id 'z'",
    ),
    "an order on board that nobody placed": (
        request(order("a"), riders=[rider(free_at=at(60), on_board=("z",))], travel=line(1)),
        "$.riders[0].on_board[0]",
        "no order has the id 'z'; orders: 'a'",
    ),
    "orders on board and no time of return": (
        request(order("a"), riders=[rider(on_board=("a",))], travel=line(1)),
        "$.riders[0].free_at",
        "say when it is back",
    ),
    "an order on board of two vehicles": (
        request(
            order("a"),
            riders=[rider(free_at=at(60), on_board=("a",))],
            drones=[drone(free_at=at(60), on_board=("a",))],
            travel=line(1),
        ),
        "$.drones[0].on_board[0]",
        "already at $.riders[0].on_board[0]",
    ),
    "an order pinned twice": (
        request(order("a"), pinned=[pinned("a"), pinned("a")], travel=line(1)),
        "$.pinned[1].order_ids[0]",
        "already at $.pinned[0].order_ids[0]",
    ),
    "an order twice in one pinned trip": (
        request(order("a"), pinned=[pinned("a", "a")], travel=line(1)),
        "$.pinned[0].order_ids[1]",
        "already at $.pinned[0].order_ids[0]",
    ),
    "an order pinned and on board": (
        request(order("a"), riders=[rider(free_at=at(60), on_board=("a",))], pinned=[pinned("a")], travel=line(1)),
        "$.pinned[0].order_ids[0]",
        "already at $.riders[0].on_board",
    ),
    "a pinned trip of nobody": (
        request(order("a"), pinned=[pinned("a", vehicle_id="z")], travel=line(1)),
        "$.pinned[0].vehicle_id",
        "no vehicle has the id 'z'; vehicles: 'r'",
    ),
    "a pinned trip from nowhere": (
        request(order("a"), pinned=[pinned("a", store_id="z")], travel=line(1)),
        "$.pinned[0].store_id",
        "no store has the id 'z'",
    ),
    "a pinned order that nobody placed": (
        request(order("a"), pinned=[pinned("z")], travel=line(1)),
        "$.pinned[0].order_ids[0]",
        "no order has the id 'z'",
    ),
    "a door that opens after the promise": (
        request(order("a", promise=600, not_before_at=at(601)), travel=line(1)),
        "$.orders[0].not_before_at",
        "is after promised_at",
    ),
    "a moped's matrix of another size": (
        request(
            order("a"),
            travel=line(1).model_copy(update={"by_kind": {"moped": Matrix(seconds=[[0, 1], [1, 0]], metres=[[0]])}}),
        ),
        "$.travel.by_kind.moped.metres",
        "1 rows; stores and orders together are 2",
    ),
    "a drone's matrix with metres in no time": (
        request(
            order("a"),
            travel=line(1).model_copy(
                update={"by_kind": {"drone": Matrix(seconds=[[0, 0], [1, 0]], metres=[[0, 9], [9, 0]])}}
            ),
        ),
        "$.travel.by_kind.drone.seconds[0][1]",
        "0 s for 9 m",
    ),
}


@pytest.mark.parametrize("case", CONTRADICTIONS)
def test_a_contradiction_is_refused_at_its_path_with_the_way_out(case: str) -> None:
    asked, path, words = CONTRADICTIONS[case]
    with pytest.raises(RequestError) as caught:
        refuse_contradictions(asked)
    assert words in {fault.path: fault.text for fault in caught.value.faults}[path]


def test_a_door_that_opens_at_the_promise_is_no_contradiction() -> None:
    refuse_contradictions(request(order("a", promise=600, not_before_at=at(600)), travel=line(1)))


def test_what_an_order_names_and_nobody_has_does_not_sink_the_request() -> None:
    refuse_contradictions(request(order("a", also_at=("z",), vehicle_ids=("z",)), travel=line(1)))


def test_many_ids_are_not_all_listed() -> None:
    riders = [rider(f"r{i:02d}") for i in range(50)]
    asked = request(order("a"), riders=riders, pinned=[pinned("a", vehicle_id="z")], travel=line(1))
    with pytest.raises(RequestError, match=r"'r09' and 40 more"):
        refuse_contradictions(asked)
