"""The sample report from outside, in every format, opened by what opens such files."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from pypdf import PdfReader

from tests.acceptance.command import swiftleaf

ALL = "A + B: all of it"
FORMATS = ("json", "csv", "xlsx", "html", "pdf")


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sample report in every format, each made by a process of its own."""
    folder = tmp_path_factory.mktemp("report")
    for name in FORMATS:
        out = "-" if name == "csv" else f"sample.{name}"
        said = swiftleaf("report", "--sample", "--format", name, "--out", out, folder=folder)
        assert "60 orders emitted" in said.stderr
        if out == "-":
            (folder / "sample.csv").write_bytes(said.stdout.encode())
        else:
            assert said.stdout == ""
    return folder


@pytest.fixture(scope="module")
def total(sample: Path) -> float:
    """All of it, in grams, as the JSON has it."""
    tables: list[dict[str, Any]] = json.loads((sample / "sample.json").read_bytes())["tables"]
    (totals,) = (table for table in tables if table["key"] == "totals")
    values: dict[str, float] = {row["figure"]: row["value"] for row in totals["rows"]}
    assert values["A: transport and handling"] + values["B: packaging"] == values[ALL]
    return values[ALL]


def test_csv_and_xlsx_hold_the_total_of_the_json(sample: Path, total: float) -> None:
    text = (sample / "sample.csv").read_text(encoding="utf-8-sig")
    lines = csv.DictReader(io.StringIO(text, newline=""))
    found = {(line["table"], line["name"], line["column"]): line["value"] for line in lines}
    assert float(found["totals", ALL, "value"]) == total
    sheet = openpyxl.load_workbook(sample / "sample.xlsx")["Totals"]
    (cell,) = (row[1] for row in sheet.rows if row[0].value == ALL)
    assert float(cell.value) == pytest.approx(total, rel=1e-14)


def test_html_and_pdf_show_it_rounded(sample: Path, total: float) -> None:
    rounded = f"{total:,.0f}"
    assert rounded in (sample / "sample.html").read_text(encoding="utf-8")
    pages = PdfReader(sample / "sample.pdf").pages
    assert len(pages) > 2
    assert rounded in "".join(page.extract_text() for page in pages)


def test_mistakes_are_sentences(tmp_path: Path) -> None:
    said = swiftleaf("report", "--format", "csv", "--out", "r.csv", folder=tmp_path, code=2)
    assert "--sample" in said.stderr
    said = swiftleaf(
        "report", "--store", "S", "--from", "2026-05-02", "--to", "2026-05-01", "--format", "csv", "--out", "r.csv",
        folder=tmp_path, code=2,
    )  # fmt: skip
    assert "swap the two" in said.stderr
    assert not (tmp_path / "r.csv").exists()
