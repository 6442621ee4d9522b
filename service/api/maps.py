"""``/v1/maps``: the maps there are, and their streets."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from dispatch import Fault
from service import heat, tasks
from service.api.documents import GeoJson
from service.api.state import KNOWN_PARAMETERS, HungUp, SettingsOf, WorkersOf
from service.auth import Scope, needs
from service.problems import SOLVED, InvalidRequest, NotFound, invalid, responses
from service.settings import BUNDLED_MAP, Settings

router = APIRouter(prefix="/v1/maps", tags=["maps"], dependencies=[needs(Scope.OPS_READ), KNOWN_PARAMETERS])

MAX_STREETS_RADIUS_M = 10_000.0
STREETS_MAX_AGE_S = 300

Longitude = Annotated[float, Query(ge=-180, le=180, allow_inf_nan=False)]
Latitude = Annotated[float, Query(ge=-90, le=90, allow_inf_nan=False)]
MapName = Annotated[str, Query(max_length=100)]


class MapLine(BaseModel):
    """A map and what it holds. ``error`` says why one cannot be used; then the rest is absent."""

    name: str
    nodes: int | None = None
    edges: int | None = None
    streets_km: float | None = None
    kinds_km: dict[str, float] | None = None
    signals: int | None = None
    street_names: int | None = None
    private_km: float | None = None
    bounds: Annotated[list[float], Field(min_length=4, max_length=4)] | None = None
    people: bool = False
    error: str | None = None


class MapList(BaseModel):
    """The maps that a request may name."""

    maps: list[MapLine]


class ZoneCollection(BaseModel):
    """A GeoJSON FeatureCollection of census zones with the properties ``people`` and ``people_per_km2``."""

    type: str
    features: list[dict[str, Any]]


class StreetCollection(BaseModel):
    """A GeoJSON FeatureCollection of lines with the properties ``kind`` and ``name``."""

    type: str
    features: list[dict[str, Any]]


def known_map(settings: Settings, name: str, path: str) -> None:
    """Raise ``InvalidRequest`` if there is no such map."""
    names = sorted({BUNDLED_MAP, *settings.map_files})
    if name not in names:
        text = f"there is no map named {name[:80]!r}; maps: {names}. PUT /v1/maps/{{name}}.osm.pbf adds more"
        raise invalid([Fault(path=path, text=text)])


@router.get("", responses=responses(*SOLVED))
async def list_maps(settings: SettingsOf, workers: WorkersOf, hung_up: HungUp) -> MapList:
    """Every map with its size and bounds; the first call reads those not yet in use."""
    described = await workers.run(tasks.describe_maps, settings.map_files, timeout_s=300.0, hung_up=hung_up)
    return MapList(maps=[MapLine.model_validate(item) for item in described])


@router.get(
    "/{name}/streets",
    response_class=GeoJson,
    response_model=StreetCollection,
    responses=responses(NotFound, InvalidRequest, *SOLVED),
)
async def read_streets(
    name: str,
    lon: Longitude,
    lat: Latitude,
    settings: SettingsOf,
    workers: WorkersOf,
    hung_up: HungUp,
    radius_m: Annotated[float, Query(gt=0, le=MAX_STREETS_RADIUS_M, allow_inf_nan=False)] = 3_000.0,
) -> Response:
    """The streets around a place, to draw; minor streets come first."""
    if name not in {BUNDLED_MAP, *settings.map_files}:
        raise NotFound(f"there is no map named {name[:80]!r}; GET /v1/maps lists them")
    collection = await workers.run(tasks.streets, name, lon, lat, radius_m, settings.map_files, hung_up=hung_up)
    return Response(
        collection,
        headers={"Cache-Control": f"private, max-age={STREETS_MAX_AGE_S}"},
        media_type=GeoJson.media_type,
    )


@router.get(
    "/{name}/people", response_class=GeoJson, response_model=ZoneCollection, responses=responses(NotFound, *SOLVED)
)
async def read_people(name: str, settings: SettingsOf, workers: WorkersOf, hung_up: HungUp) -> Response:
    """Where people live: the census zones of a map that has them."""
    zones = None
    if name in {BUNDLED_MAP, *settings.map_files}:
        zones = await workers.run(heat.people_zones, name, settings.map_files, hung_up=hung_up)
    if zones is None:
        raise NotFound(f"no map named {name[:80]!r} knows its people; GET /v1/maps lists them, with `people`")
    headers = {"Cache-Control": f"private, max-age={STREETS_MAX_AGE_S}"}
    return Response(zones, headers=headers, media_type=GeoJson.media_type)
