"""What ``swiftleaf siting`` does. Every mistake leaves as a ``UsageError``."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from rich.console import Console

import dispatch
import maps
from dispatch.faults import MAX_FAULTS
from dispatch.record import Record
from dispatch.siting import Candidate, DemandPoint, Siting, SitingRequest, grid, site
from dispatch.travel import PROFILES
from service.atlas import Atlas
from service.commands import about
from service.files import STREAM, UsageError, fault_lines, make_folder, read_document, write_document
from service.settings import BUNDLED_MAP, read_settings
from service.study_tables import siting_table

Row = TypeVar("Row", bound=Record)
FILES = ("siting.json", "siting.geojson")
FIGURES = {"lon", "lat", "weight"}


def choose(
    out: Path,
    *,
    k: int,
    minutes: float,
    candidates_name: str | None,
    grid_m: float,
    demand_name: str | None,
    opened: Sequence[str],
    kind: dispatch.RiderKind,
    map_file: Path | None,
) -> Siting:
    """Choose sites, print them, and write ``FILES`` into a folder."""
    settings = read_settings()
    if candidates_name == demand_name == STREAM:
        raise UsageError("--candidates and --demand are both -; standard input can be read once")
    make_folder(out, FILES)
    files = dict(settings.map_files)
    map_name = BUNDLED_MAP
    with about(str(map_file)):
        if map_file is not None:
            map_name = maps.read_map(map_file).name
            files[map_name] = str(map_file)
        atlas = Atlas(files)
        if demand_name is not None:
            demand, unit = read_rows(demand_name, DemandPoint, settings.max_body_bytes), "demand"
            if not demand:
                raise UsageError(f"{demand_name}: there is no demand in it; give one place with a weight or more")
        else:
            demand, unit = _people(atlas, map_name), "people"
    if candidates_name is not None:
        candidates = read_rows(candidates_name, Candidate, settings.max_body_bytes)
    with about("siting"):
        if candidates_name is None:
            candidates = grid(demand, grid_m)
        request = _request(candidates, demand, k, minutes, opened, kind, map_name)
        found = site(request, networks=atlas)
    drawing = drawn(found, atlas[map_name], PROFILES[kind])
    write_document(str(out / FILES[0]), found.model_dump_json(indent=2))
    write_document(str(out / FILES[1]), json.dumps(drawing, ensure_ascii=False, separators=(",", ":")))
    Console().print(siting_table(found, unit))
    return found


def _people(atlas: Atlas, map_name: str) -> list[DemandPoint]:
    """Where the people of a map live."""
    people = atlas.people(map_name)
    if people is None:
        raise UsageError(f"map {map_name!r} has no census zones; say where demand is with --demand FILE")
    places, count = people.along(atlas[map_name])
    return [
        DemandPoint(location=(lon, lat), weight=weight)
        for (lon, lat), weight in zip(places.tolist(), count.tolist(), strict=True)
    ]


def _request(
    candidates: Sequence[Candidate],
    demand: Sequence[DemandPoint],
    k: int,
    minutes: float,
    opened: Sequence[str],
    kind: dispatch.RiderKind,
    map_name: str,
) -> SitingRequest:
    try:
        return SitingRequest(
            candidates=list(candidates),
            demand=list(demand),
            k=k,
            minutes=minutes,
            open=tuple(opened),
            kind=kind,
            travel=dispatch.MapTravel(name=map_name),
        )
    except ValidationError as error:
        raise UsageError(*fault_lines("siting", dispatch.faults_of(error))) from None


def read_rows(name: str, model: type[Row], limit_bytes: int) -> list[Row]:
    """Records from a JSON array, or from CSV with the columns ``lon`` and ``lat`` in place of ``location``.

    Raises:
        UsageError: with every row that cannot be used.
    """
    text = read_document(name, limit_bytes)
    try:
        if text.lstrip()[:1] in {b"[", b"{"}:
            return TypeAdapter(list[model]).validate_json(text)  # type: ignore[valid-type]
        return TypeAdapter(list[model]).validate_python(_from_csv(name, text))  # type: ignore[valid-type]
    except ValidationError as error:
        raise UsageError(*fault_lines(name, dispatch.faults_of(error))) from None


def _from_csv(name: str, text: bytes) -> list[dict[str, Any]]:
    """The rows of a CSV file with a header, figures as numbers."""
    try:
        reader = csv.DictReader(text.decode("utf-8-sig").splitlines(), restkey="surplus", strict=True)
        rows = list(reader)
    except (UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{name}: is neither JSON nor CSV in UTF-8 ({error}); give one of them") from None
    missing = [column for column in ("lon", "lat") if column not in (reader.fieldnames or ())]
    if missing:
        raise UsageError(f"{name}: has no column {missing[0]!r}; the first line names the columns lon and lat")
    records, faults = [], []
    for line, row in enumerate(rows, 2):
        record: dict[str, Any] = dict(row)
        for column in FIGURES.intersection(row):
            try:
                record[column] = float(row[column])
            except (TypeError, ValueError):
                faults.append(f"{name}: line {line}: {column} is {row[column]!r}, not a number")
        record["location"] = (record.pop("lon"), record.pop("lat"))
        records.append(record)
    if faults:
        raise UsageError(*sorted(faults)[:MAX_FAULTS])
    return records


def drawn(found: Siting, network: maps.StreetNetwork, profile: maps.Profile) -> dict[str, Any]:
    """The answer as a GeoJSON FeatureCollection: of each store its area, then the store itself."""
    features = []
    for store in found.stores:
        properties = store.model_dump(exclude={"location"})
        if store.id not in found.unreachable:
            area = maps.service_area(network, profile, store.location, minutes=found.minutes).to_geojson()
            features.append(area | {"properties": area["properties"] | properties | {"is": "area"}})
        point = {"type": "Point", "coordinates": list(store.location)}
        features.append({"type": "Feature", "properties": properties | {"is": "store"}, "geometry": point})
    return {"type": "FeatureCollection", "features": features}
