"""Reading and writing documents: one sentence for every mistake."""

import io
import stat
import sys
from pathlib import Path

import pytest

from service.files import UsageError, check_writable, make_folder, read_document, write_document


def test_reads_up_to_the_limit_and_no_further(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_bytes(b"12345")
    assert read_document(str(file), 5) == b"12345"
    file.write_bytes(b"\xef\xbb\xbf{}")
    assert read_document(str(file), 5) == b"{}"
    with pytest.raises(UsageError, match="over the limit of 4 bytes"):
        read_document(str(file), 4)


def test_a_folder_whose_files_cannot_all_be_written_is_refused_before_the_work(tmp_path: Path) -> None:
    make_folder(tmp_path / "new" / "out", ["a", "b"])
    assert not list((tmp_path / "new" / "out").iterdir())
    (tmp_path / "b").mkdir()
    with pytest.raises(UsageError, match="b: is a folder"):
        make_folder(tmp_path, ["a", "b"])


def test_reads_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"{}")))
    assert read_document("-", 5) == b"{}"


@pytest.mark.parametrize("name", ["absent.json", ".", "x" * 5000])
def test_what_cannot_be_read_is_one_sentence(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_document(name, 5)
    assert len(caught.value.lines) == 1


def test_writes_whole_files_with_ordinary_permissions(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_text("old")
    check_writable(str(file))
    assert file.read_text() == "old"
    write_document(str(file), "沙河西路")
    assert file.read_text(encoding="utf-8") == "沙河西路\n"
    assert [path.name for path in tmp_path.iterdir()] == ["x.json"]
    ordinary = tmp_path / "y"
    ordinary.touch()
    assert stat.S_IMODE(file.stat().st_mode) == stat.S_IMODE(ordinary.stat().st_mode)


@pytest.mark.parametrize("name", ["absent/x.json", "file/x.json", "folder"])
def test_what_cannot_be_written_is_found_out_before_the_work(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(UsageError, match=r"give (another|a file)"):
        check_writable(str(tmp_path / name))
    with pytest.raises(UsageError, match="give another --out"):
        write_document(str(tmp_path / name), "{}")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]


def test_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    check_writable("-")
    write_document("-", "{}")
    assert capsys.readouterr().out == "{}\n"
