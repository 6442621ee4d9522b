"""The chart: well-formed for any grid, with every setting in words, and the recommended one named."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from dispatch.radius import Journal, Pool, Runner, Study, conduct, draw_study, grid
from tests.dispatch.radius.toy import simulate, world

GRIDS: dict[str, dict[str, Any]] = {
    "radius and riders": {"radii_m": [1500, 2500, 3500], "riders": [2, 8]},
    "riders alone": {"riders": [1, 2, 3, 4]},
    "many fleets": {"radii_m": [2000, 3000, 3500, 4000], "riders": [2, 4, 6], "drones": [0, 1, 2]},
    "one setting": {"radii_m": [2000]},
    "the world as it is": {},
    "promises": {"promises_min": [20, 30, 40], "riders": [2, 4]},
}
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("asked", GRIDS.values(), ids=GRIDS.keys())
def test_every_setting_is_drawn_and_said(tmp_path: Path, asked: dict[str, Any]) -> None:
    settings = grid(**asked)
    study = Study(world=world(), settings=settings, seeds=(0, 1, 2), stop_early=False)
    with Journal(tmp_path, study.world) as journal, ThreadPoolExecutor(1) as pool:
        outcome = conduct(study, Runner(lambda: Pool(pool, 1), simulate), journal)
    drawing = ET.fromstring(draw_study(outcome))  # noqa: S314 - we wrote it
    described = drawing.findtext(f"{SVG}desc")
    assert described is not None
    assert all(setting.label in described for setting in settings)
    assert len(drawing.findall(f"{SVG}circle")) == 2 * len(settings)
    assert outcome.recommendation is not None
    words = [text.text for text in drawing.iter(f"{SVG}text")]
    assert f"recommended: {outcome.recommendation.setting.label}" in words
    for dot in drawing.findall(f"{SVG}circle"):
        assert 0 < float(dot.attrib["cx"]) < 720
        assert 0 < float(dot.attrib["cy"]) < float(drawing.attrib["height"])
