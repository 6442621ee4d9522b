import json
import pickle

import pytest

from dispatch import RequestError, json_path, read_request
from dispatch.faults import refuse_contradictions
from tests.dispatch.build import line, order, request, rider


def paths(error: RequestError) -> set[str]:
    return {fault.path for fault in error.faults}


def test_json_path_leaves_out_the_tag_of_the_union() -> None:
    assert json_path(("orders", 3, "mass_kg")) == "$.orders[3].mass_kg"
    assert json_path(("travel", "matrix", "seconds", 0)) == "$.travel.seconds[0]"
    assert json_path(()) == "$"


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
