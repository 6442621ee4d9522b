import gzip
import re
from pathlib import Path

import numpy as np
import pytest

import maps
from maps.streets import Street
from tests.maps.drawing import ROAD, draw

CYCLE = {**ROAD, "oneway": "yes"}


def test_ways_are_split_where_they_meet_and_joined_where_nothing_changes(tmp_path: Path) -> None:
    picture = """
        A--B--C--D--E
              |
              F
    """
    # Three ways in a row and one from the side: C is the only junction, and A-C, C-E and C-F the only edges.
    network = draw(tmp_path, picture, {"AB": ROAD, "BCD": ROAD, "ED": ROAD, "CF": ROAD}).network
    assert len(network.lon) == 4
    assert sorted(network.length_m.tolist()) == pytest.approx([40, 120, 120], abs=0.1)


@pytest.mark.parametrize(
    "other",
    [{**ROAD, "name": "Other"}, {"highway": "primary"}, {**ROAD, "maxspeed": "20"}, CYCLE, {**ROAD, "foot": "no"}],
)
def test_streets_that_differ_stay_apart(tmp_path: Path, other: dict[str, str]) -> None:
    assert len(draw(tmp_path, "A--B--C", {"AB": ROAD, "BC": other}).network.tail) == 2


def test_one_ways_join_head_to_tail_only(tmp_path: Path) -> None:
    def edges(ways: dict[str, dict[str, str]]) -> int:
        return len(draw(tmp_path, "A--B--C", ways).network.tail)

    assert edges({"AB": CYCLE, "BC": CYCLE}) == 1
    assert edges({"AB": CYCLE, "CB": CYCLE}) == 2
    assert edges({"AB": CYCLE, "CB": {**ROAD, "oneway": "-1"}}) == 1
    assert edges({"BA": {**ROAD, "oneway": "-1"}, "BC": CYCLE}) == 1


def test_a_joined_street_keeps_its_direction(tmp_path: Path) -> None:
    drawing = draw(
        tmp_path, "A--B--C--D", {"BA": {**ROAD, "oneway": "-1"}, "BC": CYCLE, "DC": {**ROAD, "oneway": "-1"}}
    )
    network = drawing.network
    assert len(network.tail) == 1
    along = network.shape[-1, 0] > network.shape[0, 0]
    assert network.flags[0] == (Street.RIDE_FORWARD if along else Street.RIDE_BACKWARD)
    assert drawing.seconds("A", "D") == pytest.approx(180 / 5, abs=0.05)


def test_a_signal_stays_a_node_and_knows_who_waits(tmp_path: Path) -> None:
    signal = {"highway": "traffic_signals", "traffic_signals:direction": "backward"}
    network = draw(tmp_path, "A--B--C", {"ABC": ROAD}, {"B": signal}).network
    assert len(network.lon) == 3
    assert network.info().signals == 1
    waits = {int(edge): Street(int(network.flags[edge])) for edge in range(2)}
    assert [Street.SIGNAL_FORWARD in flags or Street.SIGNAL_BACKWARD in flags for flags in waits.values()].count(
        True
    ) == 1


def test_a_ring_without_a_junction_is_one_loop(tmp_path: Path) -> None:
    picture = """
        A--B
        |  |
        D--C
    """
    network = draw(tmp_path, picture, {"AB": ROAD, "BCDA": ROAD}).network
    assert network.tail.tolist() == network.head.tolist() == [0]
    assert network.length_m.tolist() == pytest.approx([200], abs=0.2)
    assert np.array_equal(network.shape[0], network.shape[-1])


def test_a_figure_of_eight_is_split_at_its_crossing(tmp_path: Path) -> None:
    picture = """
        A--B
        |  |
        C--X--D
           |  |
           F--E
    """
    network = draw(tmp_path, picture, {"XBACXDEFX": ROAD}).network
    assert len(network.tail) == 2
    assert network.length_m.tolist() == pytest.approx([200, 200], abs=0.2)


def test_lengths_do_not_depend_on_the_number_of_bends(tmp_path: Path) -> None:
    network = draw(tmp_path, "A-B-C-D-E", {"ABCDE": ROAD}).network
    assert network.shape.shape == (5, 2)
    assert network.length_m.tolist() == pytest.approx([160], abs=0.1)


def test_a_way_that_leaves_the_extract_is_cut_there(tmp_path: Path) -> None:
    drawing = draw(tmp_path, "A--B--C", {"ABC": ROAD})
    text = drawing.path.read_text()
    drawing.path.write_text(re.sub(rf'<node id="{ord("C")}".*', "", text))
    assert drawing.network.length_m.tolist() == pytest.approx([60], abs=0.1)


def test_chinese_names_and_odd_ones_survive(tmp_path: Path) -> None:
    name = 'Calle "Ñuñoa" & <深南大道> 🛵'
    network = draw(tmp_path, "A--B", {"AB": {**ROAD, "name": name}}).network
    assert network.names == ("", name)
    network.save(tmp_path / "kept.npz")
    assert maps.read_map(tmp_path / "kept.npz").names == ("", name)


def test_compressed_files_are_read(tmp_path: Path) -> None:
    drawing = draw(tmp_path, "A--B", {"AB": ROAD})
    packed = tmp_path / "packed.osm.gz"
    packed.write_bytes(gzip.compress(drawing.path.read_bytes()))
    network = maps.read_map(packed)
    assert network.name == "packed"
    assert len(network.tail) == 1


PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8
SAMPLE = Path(maps.__file__).parent / "sample" / "coquimbo.osm.pbf"


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("empty.osm.pbf", b"", "the file is empty"),
        ("empty.osm", b"", "the file is empty"),
        ("picture.osm.pbf", PNG, "cannot be read as OpenStreetMap data"),
        ("picture.osm", PNG, "cannot be read as OpenStreetMap data"),
        ("half.osm.pbf", SAMPLE.read_bytes()[:200_000], "cut off"),
        ("page.osm", b"<html><body>no map</body></html>", "cannot be read as OpenStreetMap data"),
        ("half.osm", b'<osm version="0.6"><node id="1" lon="0" la', "cannot be read as OpenStreetMap data"),
        ("bare.osm", b'<osm version="0.6"></osm>', "no streets"),
        (
            "bad.osm",
            b'<osm version="0.6"><node id="1" lon="999" lat="0"/></osm>',
            "cannot be read as OpenStreetMap data",
        ),
        (
            "trees.osm",
            b'<osm version="0.6"><node id="1" lon="0" lat="0"><tag k="natural" v="tree"/></node></osm>',
            "no streets",
        ),
        (
            "nodeless.osm",
            b'<osm version="0.6"><way id="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="path"/></way></osm>',
            "nodes that are not there",
        ),
        ("picture.png", PNG, "not a map by its name"),
        ("picture.npz", PNG, "not a complete Swiftleaf map file"),
        ("empty.npz", b"", "the file is empty"),
    ],
)
def test_files_that_are_no_maps(tmp_path: Path, name: str, content: bytes, text: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(maps.MapFileError, match=text) as caught:
        maps.read_map(path)
    assert str(path) in str(caught.value)


def test_files_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(maps.MapFileError, match="there is no such file"):
        maps.read_map(tmp_path / "none.osm.pbf")
    with pytest.raises(maps.MapFileError, match="is a folder"):
        maps.read_map(tmp_path)
