"""What the command line's commands do. Every mistake of the user leaves as a ``UsageError``."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError
from rich.console import Console

import carbon
import dispatch
import maps
from service.atlas import Atlas
from service.demo import FILES, Demo, run_demo
from service.files import UsageError, check_writable, fault_lines, make_folder, read_document, write_document
from service.settings import Settings, read_settings
from service.tables import map_table


@contextmanager
def about(name: str) -> Iterator[None]:
    """Turn what the rooms below raise about the document ``name`` into a ``UsageError`` that lists every fault."""
    try:
        yield
    except dispatch.RequestError as error:
        raise UsageError(*fault_lines(name, error.faults)) from None
    except (maps.MapError, carbon.CarbonError) as error:
        raise UsageError(str(error)) from None


def named_maps(files: Iterable[Path]) -> dict[str, Path]:
    """Map files by the names of their maps. Raises ``UsageError`` if one is none."""
    named = {}
    for file in files:
        with about(str(file)):
            named[maps.read_map(file).name] = file
    return named


def read_request(name: str, settings: Settings) -> dispatch.PlanRequest:
    """The request in a file, or on standard input for ``-``."""
    document = read_document(name, settings.max_body_bytes)
    with about(name):
        return dispatch.read_request(document)


def read_plan(name: str, settings: Settings) -> dispatch.Plan:
    """The plan in a file, or on standard input for ``-``."""
    document = read_document(name, settings.max_body_bytes)
    try:
        return dispatch.Plan.model_validate_json(document)
    except ValidationError as error:
        raise UsageError(*fault_lines(name, dispatch.faults_of(error))) from None


def measure(request: dispatch.PlanRequest, name: str, settings: Settings, map_file: Path | None) -> dispatch.Travel:
    """The legs of a request, on the bundled map, those of the settings, or ``map_file`` under its stem."""
    files = dict(settings.map_files)
    with about(name):
        if map_file is not None:
            files[maps.read_map(map_file).name] = str(map_file)
        return dispatch.Travel.of(request, Atlas(files))


def plan(
    request_name: str,
    out: str,
    geojson: str | None,
    map_file: Path | None,
    *,
    engine: dispatch.Engine,
    time_limit_s: float,
    seed: int,
) -> dispatch.Plan:
    """Plan the request in a file; write the plan, and its drawing if ``geojson`` names a file for it."""
    settings = read_settings()
    request = read_request(request_name, settings)
    for name in filter(None, (out, geojson)):
        check_writable(name)
    travel = measure(request, request_name, settings, map_file)
    with about(request_name):
        answer = dispatch.plan(request, engine=engine, time_limit_s=time_limit_s, seed=seed, travel=travel)
    write_document(out, answer.model_dump_json(indent=2))
    if geojson:
        write_document(geojson, json.dumps(dispatch.draw(request, answer, travel), ensure_ascii=False))
    return answer


def check(request_name: str, plan_name: str, map_file: Path | None) -> tuple[dispatch.Plan, dispatch.Verdict]:
    """Judge the plan in a file against the request in another."""
    settings = read_settings()
    request = read_request(request_name, settings)
    answer = read_plan(plan_name, settings)
    travel = measure(request, request_name, settings, map_file)
    return answer, dispatch.check(request, answer, travel)


def check_exchange(name: str) -> carbon.Imported:
    """Read the iLEAP and PACT documents in a file and recompute them."""
    document = read_document(name, read_settings().max_body_bytes)
    try:
        imported = carbon.import_documents(document)
    except carbon.ExchangeError as error:
        raise UsageError(f"{name}: {error}") from None
    if not imported.incoming:
        raise UsageError(f"{name}: holds no document; give iLEAP or PACT documents")
    return imported


def build_map(file: Path, out: Path | None) -> Path:
    """Read an OpenStreetMap file, write a map file, print what is in it; returns where it was written."""
    if out is not None and out.suffix != ".npz":
        raise UsageError(f"{out}: a map file's name ends in .npz")
    with about(str(file)):
        network = maps.read_map(file, cache=False)
    target = out or file.with_name(f"{network.name}.npz")
    check_writable(str(target))
    network.save(target)
    Console().print(map_table(network))
    return target


def describe_map(file: Path | None) -> None:
    """Print what a map holds; the bundled one if ``file`` is None."""
    with about(str(file)):
        network = maps.bundled_map() if file is None else maps.read_map(file)
    Console().print(map_table(network))


def demo(
    out: Path, *, orders: int, riders: int, drones: int, engine: dispatch.Engine, time_limit_s: float, seed: int
) -> Demo:
    """Plan the dinner peak, print it, write it."""
    make_folder(out, FILES)
    with about("demo"):
        done = run_demo(
            orders=orders, riders=riders, drones=drones, engine=engine, time_limit_s=time_limit_s, seed=seed
        )
    console = Console()
    done.show(console)
    done.write(out)
    console.print(f"Wrote {', '.join(str(out / name) for name in FILES)}.", soft_wrap=True, highlight=False)
    return done
