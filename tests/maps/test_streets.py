import pickle
from pathlib import Path

import numpy as np
import pytest

import maps
from tests.maps.drawing import ROAD, Drawing, draw


def test_a_saved_map_comes_back_the_same(tmp_path: Path) -> None:
    network = maps.bundled_map()
    network.save(tmp_path / "again.npz")
    again = maps.read_map(tmp_path / "again.npz")
    assert again.name == "again"
    assert again.names == network.names
    for (key, one), (other_key, other) in zip(network._arrays(), again._arrays(), strict=True):
        assert key == other_key
        assert one.dtype == other.dtype
        assert np.array_equal(one, other)


def test_saving_leaves_no_half_file_behind(tmp_path: Path, drawn: Drawing) -> None:
    with pytest.raises(OSError, match="nowhere"):
        drawn.network.save(tmp_path / "nowhere" / "map.npz")
    drawn.network.save(tmp_path / "map.npz")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["drawn.osm", "map.npz"]


def test_a_map_file_of_another_version_is_refused(tmp_path: Path, drawn: Drawing) -> None:
    drawn.network.save(tmp_path / "map.npz")
    with np.load(tmp_path / "map.npz") as stored:
        arrays = {**stored, "map_format": np.array(99)}
    np.savez(tmp_path / "map.npz", allow_pickle=False, **arrays)
    with pytest.raises(maps.MapFileError, match="format 99, this version of Swiftleaf reads format 1"):
        maps.read_map(tmp_path / "map.npz")
    del arrays["tail"]
    np.savez(tmp_path / "part.npz", allow_pickle=False, **{**arrays, "map_format": np.array(1)})
    with pytest.raises(maps.MapFileError, match="tail"):
        maps.read_map(tmp_path / "part.npz")


def test_a_truncated_map_file_is_refused(tmp_path: Path) -> None:
    maps.bundled_map().save(tmp_path / "map.npz")
    content = (tmp_path / "map.npz").read_bytes()
    for share in (0.1, 0.5, 0.99):
        (tmp_path / "half.npz").write_bytes(content[: int(len(content) * share)])
        with pytest.raises(maps.MapFileError, match="not a complete"):
            maps.read_map(tmp_path / "half.npz")


def test_what_is_no_map_file_is_said_in_our_words(tmp_path: Path) -> None:
    """Numpy would advise to set options of its own, which nobody here can."""
    path = tmp_path / "map.npz"

    def refusal() -> str:
        with pytest.raises(maps.MapFileError, match="not a complete Swiftleaf map file") as caught:
            maps.read_map(path)
        return str(caught.value)

    path.write_bytes(b"junk, not an archive")
    said = [refusal()]
    np.savez(path, allow_pickle=True, map_format=np.array([None], dtype=object))
    said.append(refusal())
    with path.open("wb") as file:
        np.save(file, np.arange(3))  # one bare array, no archive
    said.append(refusal())
    assert all("it is damaged, or something else altogether; build it again" in text for text in said)
    assert not any("pickle" in text for text in said)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("tail", [9]),
        ("head", [-1]),
        ("kind", [99]),
        ("name_id", [1]),
        ("length_m", [1.0, 2.0]),
        ("shape_start", [0, 1]),
    ],
)
def test_a_map_file_that_contradicts_itself_is_refused(
    tmp_path: Path, drawn: Drawing, key: str, value: list[float]
) -> None:
    drawn.network.save(tmp_path / "map.npz")
    with np.load(tmp_path / "map.npz") as stored:
        arrays = {**stored}
    arrays[key] = np.array(value).astype(arrays[key].dtype)
    np.savez(tmp_path / "map.npz", allow_pickle=False, **arrays)
    with pytest.raises(maps.MapFileError, match="contradict each other"):
        maps.read_map(tmp_path / "map.npz")


def test_arrays_cannot_be_written_to(drawn: Drawing) -> None:
    with pytest.raises(ValueError, match="read-only"):
        drawn.network.length_m[0] = 0


def test_a_network_travels_to_other_processes(drawn: Drawing) -> None:
    network = pickle.loads(pickle.dumps(drawn.network))  # noqa: S301 - our own bytes
    assert network.length_m.tolist() == drawn.network.length_m.tolist()
    assert pickle.loads(pickle.dumps(maps.E_BIKE)) == maps.E_BIKE  # noqa: S301 - our own bytes


def test_info_counts_what_is_there(tmp_path: Path) -> None:
    ways = {"AB": {**ROAD, "name": "One"}, "BC": {"highway": "primary", "access": "private", "name": "Two"}}
    info = draw(tmp_path, "A----B---------C", ways, {"B": {"highway": "traffic_signals"}}).network.info()
    assert (info.name, info.nodes, info.edges, info.signals, info.street_names) == ("drawn", 3, 2, 1, 2)
    assert info.kinds_km == {"primary": 0.2, "residential": 0.1}
    assert list(info.kinds_km) == ["primary", "residential"]
    assert (info.streets_km, info.private_km) == (0.3, 0.2)


def test_networkx_has_the_same_streets(tmp_path: Path) -> None:
    ways = {"AB": {**ROAD, "oneway": "yes", "name": "One"}, "BC": {"highway": "primary", "access": "private"}}
    drawing = draw(tmp_path, "A----B----C", ways, {"C": {"highway": "traffic_signals"}})
    graph = drawing.network.to_networkx(maps.E_BIKE)
    arcs = sorted(
        (round(d["seconds"], 1), round(d["metres"]), d["private"], d["name"]) for _, _, d in graph.edges(data=True)
    )
    assert arcs == [
        (18.0, 100, True, ""),
        (20.0, 100, False, "One"),
        (18.0 + 11.2, 100, True, ""),
        (90.0, 100, False, "One"),
    ]
    assert {(d["x"], d["y"]) for _, d in graph.nodes(data=True)} == {drawing.at(name) for name in "ABC"}
