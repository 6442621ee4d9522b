import builtins
import io
import re
import sys
from datetime import date, timedelta
from typing import cast

import pytest
import typst
from pypdf import PdfReader

import carbon
from carbon.errors import ReportError
from carbon.report import Report
from carbon.reports import Statement, Table, Verification, statement
from carbon.reports.display import ROUNDING, alike, shown
from carbon.reports.gallery import MOST_BARS, gallery
from carbon.reports.pdf import EAST_ASIAN, SECTIONS, _breakable, pdf
from carbon.svg import FONT

FIRST = date(2026, 11, 1)


def day_report(stores: tuple[str, ...] = ("S01", "S02"), days: int = 1, rounds: int = 12) -> Report:
    """Rounds of riders and drones in turn, a store and a day after the other."""
    made = []
    for n in range(rounds):
        flies = n % 4 == 3
        made.append(
            carbon.Round(
                id=f"R{n}",
                store_id=stores[n % len(stores)],
                region="CN",
                vehicle_id=f"V{n % 5}",
                vehicle_class="drone" if flies else "e_bike",
                started_on=FIRST + timedelta(days=n % days),
                distance_m=3000.0 + 10 * n,
                empty_distance_m=1400.0,
                battery_wh=70.0 if flies else 27.0,
                distance_type="GCD" if flies else "SFD",
                stops=tuple(
                    carbon.RoundStop(order_id=f"O{n}-{i}", mass_kg=2.0 + i, distance_m=900.0 + 100 * i)
                    for i in range(1 if flies else 3)
                ),
            )
        )
    packed = {stop.order_id: carbon.STANDARD_PACKAGING["paper_bag"] for round_ in made for stop in round_.stops}
    return carbon.footprint(made, packed)


@pytest.fixture(scope="module")
def plain() -> Statement:
    report = day_report()
    return statement(report, edition="2026.11", ranges=carbon.uncertainty(report, draws=200, seed=1))


@pytest.fixture(scope="module")
def plain_pdf(plain: Statement) -> bytes:
    return pdf(plain)


def words_of(made: bytes) -> str:
    """All text, with every run of spaces one space."""
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(made)).pages)
    return re.sub(r"[\s\u2007\u2008\u00a0]+", " ", text.replace("\u200b", ""))


def test_the_cover_and_the_tables_have_the_figures_of_the_statement(plain: Statement, plain_pdf: bytes) -> None:
    reader = PdfReader(io.BytesIO(plain_pdf))
    cover = re.sub(r"\s+", " ", reader.pages[0].extract_text())
    totals = plain.table("totals")
    names = ("A + B: all of it", "A: transport and handling", "B: packaging")
    kg = [cast("float", totals.row(name)["value"]) / 1000 for name in names]
    tiles = alike(kg)
    for name, tile in zip(names, tiles, strict=True):
        assert f"{name} {tile} kg CO₂e" in cover, "in the unit of their sum"
    assert len({len(tile.partition(".")[2]) for tile in tiles}) == 1
    assert float(tiles[0]) == pytest.approx(float(tiles[1]) + float(tiles[2]), abs=0.0011)
    assert ROUNDING in cover
    text = words_of(plain_pdf)
    for key in ("totals", "intensities", "ranges", "data_classes", "scopes"):
        for row in shown(plain.table(key)).rows:
            said = " ".join(re.sub(r"[\u2007\u2008]", "", cell) for cell in row[:2])
            assert said in text, f"{key}: {said}"


def test_every_table_rule_and_factor_is_there(plain: Statement, plain_pdf: bytes) -> None:
    text = words_of(plain_pdf)
    for table in plain.tables:
        assert table.title in text
    for rule in plain.checklist:
        assert f"{rule.id} " in text
    unspaced = text.replace(" ", "")
    for row in plain.table("factors").rows:
        assert str(row["factor"]).replace(" ", "") in unspaced
    for word in ("aligned with ISO 14083:2023", "estimate", "Contents", "edition 2026.11", "Verifier", "Signature"):
        assert word in text


def test_pages_are_numbered_and_headed(plain_pdf: bytes) -> None:
    pages = PdfReader(io.BytesIO(plain_pdf)).pages
    assert 8 <= len(pages) <= 16
    for number, page in enumerate(pages, 1):
        text = page.extract_text()
        assert f"Page {number} of {len(pages)}" in text
        assert "Estimate, aligned with ISO 14083:2023" in text
        assert ("Delivery emissions: transport and packaging" in text.splitlines()[0]) == (number > 1)


def test_it_is_tagged_and_titled_and_has_no_clock(plain: Statement, plain_pdf: bytes) -> None:
    reader = PdfReader(io.BytesIO(plain_pdf))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert reader.metadata is not None
    assert reader.metadata.title == plain.title
    assert reader.metadata.creation_date is None
    assert b"pdfuaid" in plain_pdf
    assert [str(item["/Title"]) for item in reader.outline if isinstance(item, dict)] == [
        f"{n} {section.title}" for n, section in enumerate(SECTIONS, 1)
    ]


def test_the_same_statement_gives_the_same_bytes(plain: Statement, plain_pdf: bytes) -> None:
    assert pdf(Statement.model_validate_json(plain.model_dump_json())) == plain_pdf


def test_no_name_becomes_markup() -> None:
    names = ("*bold* _x_ #panic(1)", "$x$ `raw` \\ @ref <b> = & //", 'Store ]" #{')
    text = words_of(
        pdf(statement(day_report(names), verification=Verification(by="#text(9pt)[A]", on=FIRST, statement="*ok*")))
    )
    for name in names:
        assert name in text
    assert "#text(9pt)[A]" in text
    assert "*ok*" in text


def test_an_address_that_is_no_web_page_is_not_linked(plain: Statement) -> None:
    factors = plain.table("factors")
    rows = tuple({**row, "address": "javascript:alert(1)"} for row in factors.rows)
    tables = tuple(
        table.model_copy(update={"rows": rows}) if table.key == "factors" else table for table in plain.tables
    )
    made = pdf(plain.model_copy(update={"tables": tables}))
    assert b"javascript" not in made
    assert "/URI" not in str([page.get("/Annots") for page in PdfReader(io.BytesIO(made)).pages])


def test_long_tables_break_over_pages_with_their_heads() -> None:
    report = day_report(days=90, rounds=90)
    texts = [page.extract_text() for page in PdfReader(io.BytesIO(pdf(statement(report)))).pages]
    listed = [re.findall(r"^(202\d-\d\d-\d\d) \d", text, re.MULTILINE) for text in texts]
    on = [(text, days) for text, days in zip(texts, listed, strict=True) if days]
    assert len(on) >= 2
    assert [day for _, days in on for day in days] == [str(FIRST + timedelta(days=n)) for n in range(90)]
    assert all("Day Orders" in re.sub(r"\s+", " ", text) for text, _ in on)


def test_a_period_without_orders_is_a_report_too() -> None:
    text = words_of(pdf(statement(carbon.footprint([], {}))))
    assert "not computable because there are no orders" in text
    assert text.count("¹ not computable because there are no orders") >= 3, "each table has the note with its number"
    assert "There are no orders in this period" in text
    assert "Nothing to draw because there are no orders." in text
    assert "Nothing to list." in text


def test_a_table_of_no_chapter_comes_at_the_end(plain: Statement) -> None:
    strange = Table(key="strange", title="A table unheard of", columns=plain.table("exclusions").columns, rows=())
    text = words_of(pdf(plain.model_copy(update={"tables": (*plain.tables, strange)})))
    assert "Further tables" in text
    assert "A table unheard of" in text


def test_chinese_is_set_where_the_computer_has_a_font_for_it_and_owned_up_to_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = statement(day_report(("南山前置仓",)))
    has_font = not set(EAST_ASIAN).isdisjoint(typst.Fonts().families())
    text = words_of(pdf(made))
    assert ("南山前置仓" in text) or not has_font
    assert ("show as boxes" in text) == (not has_font)
    monkeypatch.setattr("carbon.reports.pdf._fonts", lambda *, system: typst.Fonts(include_system_fonts=False))  # noqa: ARG005
    assert "show as boxes" in words_of(pdf(made))


def test_without_typst_the_way_out_is_named(plain: Statement, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str, *args: object, **kwargs: object) -> object:
        if name == "typst":
            raise ImportError(name)
        return real(name, *args, **kwargs)  # type: ignore[arg-type]

    real = builtins.__import__
    monkeypatch.delitem(sys.modules, "typst", raising=False)
    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(ReportError, match=r"install swiftleaf\[pdf\], or choose html, xlsx, csv or json"):
        pdf(plain)


def test_what_typst_refuses_is_a_clear_error(plain: Statement, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("carbon.reports.pdf.FAMILIES", ())
    monkeypatch.setattr("carbon.reports.pdf.EAST_ASIAN", ())
    with pytest.raises(ReportError, match="could not be set"):
        pdf(plain)


def test_long_ids_may_be_broken_and_short_words_stay() -> None:
    assert _breakable("short_id@x and words") == "short_id@x and words"
    broken = _breakable("electricity_life_cycle@CN@2024")
    assert broken.replace("\u200b", "") == "electricity_life_cycle@CN@2024"
    assert "\u200b" in broken
    assert max(map(len, _breakable("C" * 90).split("\u200b"))) <= 12


def test_charts_are_drawn_from_the_tables(plain: Statement) -> None:
    charts = gallery(plain)
    keys = {table.key for table in plain.tables}
    assert set(charts) <= keys
    assert set(charts) == {"totals", "ranges", "riders_and_drones", "stores", "zones", "days", "contributors"}
    widths = {
        role: sum(float(wide) for wide in re.findall(rf'width="([0-9.]+)" height="22.0" class="f-{role}"', svg))
        for svg in [charts["contributors"]]
        for role in ("s0", "s1")
    }
    totals = plain.table("totals")
    transport, packaging = (totals.row(name)["value"] for name in ("A: transport and handling", "B: packaging"))
    assert isinstance(transport, float)
    assert isinstance(packaging, float)
    assert widths["s0"] / widths["s1"] == pytest.approx(transport / packaging, rel=0.01)
    assert all(chart.count(FONT) == 1 for chart in charts.values()), "the PDF puts its own font there"


def test_a_chart_of_many_bars_shows_the_largest_and_says_so() -> None:
    stores = tuple(f"S{n:02d}" for n in range(20))
    chart = gallery(statement(day_report(stores, rounds=40)))["stores"]
    assert f"The {MOST_BARS} largest of 20; the table has them all" in chart
    assert sum(f">{store}<" in chart for store in stores) == MOST_BARS


def test_the_contents_are_on_the_cover_and_no_page_is_almost_empty(plain_pdf: bytes) -> None:
    pages = PdfReader(io.BytesIO(plain_pdf)).pages
    assert "Contents" in pages[0].extract_text()
    assert all(len(page.extract_text()) > 700 for page in pages)
    assert len(pages) <= 10


def test_the_cover_has_a_short_edition_and_words_for_ids() -> None:
    made = statement(day_report(), edition="0123456789abcdef" * 4)
    document = pdf(made)
    cover = PdfReader(io.BytesIO(document)).pages[0].extract_text()
    assert "0123456789ab…" in cover
    assert "0123456789abcd" not in cover
    text = words_of(document)
    assert "0123456789abcdef" * 4 in text
    assert "packaging: paper bag" in text
    assert "paper_bag" not in text
    assert "e-bike: electricity" in text
