"""What workers do for studies: JSON in, JSON out."""

from functools import lru_cache

from pydantic import ValidationError

import carbon
import dispatch
from dispatch import radius, twin
from dispatch.siting import DemandPoint, SitingRequest, grid, refuse_siting, site
from dispatch.travel import PROFILES
from service.atlas import Atlas
from service.siting import drawn
from service.studies.ask import (
    FleetStudy,
    OfWorld,
    RadiusStudy,
    SitingResult,
    SitingStudy,
    StudyRequest,
    WhatIfResult,
)
from service.tasks import FILES


def refuse(document: str, files: FILES) -> None:
    """Raise a ``RequestError`` with what is wrong with a study, before anything is simulated; ``$.world`` and all."""
    asked = StudyRequest.model_validate_json(document).root
    atlas = Atlas(files)
    if isinstance(asked, SitingStudy):
        refuse_siting(_siting(asked, atlas))
    elif isinstance(asked, RadiusStudy):
        study = asked.study(asked.whole(atlas))
        try:
            radius.refuse_study(study, atlas)
        except dispatch.RequestError as error:
            raise _in_world(error) from None
    elif isinstance(asked, FleetStudy):
        crewed = radius.crewed(asked.whole(atlas), asked.setting())
        try:
            twin.refuse_world(crewed, atlas)
        except dispatch.RequestError as error:
            raise _in_world(error) from None


def _in_world(error: dispatch.RequestError) -> dispatch.RequestError:
    return dispatch.RequestError(
        [fault.model_copy(update={"path": f"$.world{fault.path[1:]}"}) for fault in error.faults]
    )


def world_of(document: str, files: FILES) -> str:
    """The whole world of a radius or fleet study; returns a ``World``. Raises ``RequestError`` as ``refuse`` does."""
    asked = StudyRequest.model_validate_json(document).root
    assert isinstance(asked, OfWorld)
    return asked.whole(Atlas(files)).model_dump_json()


@lru_cache(maxsize=4)
def _world(document: str) -> twin.World:
    return twin.World.model_validate_json(document)


def simulate(world: str, setting: str, seed: int, files: FILES) -> str:
    """Simulate one day of a ``World`` under a ``Setting``; returns a ``DayResult``."""
    applied = radius.Setting.model_validate_json(setting).applied(_world(world))
    return twin.simulate(applied, seed, networks=Atlas(files)).model_dump_json()


def choose(document: str, files: FILES) -> str:
    """Choose the sites of a ``SitingStudy``; returns a ``SitingResult``. Raises as ``dispatch.siting.site`` does."""
    asked = SitingStudy.model_validate_json(document)
    atlas = Atlas(files)
    found = site(_siting(asked, atlas), networks=atlas)
    drawing = drawn(found, atlas[asked.map], PROFILES[asked.vehicle])
    return SitingResult(siting=found, geojson=drawing).model_dump_json()


def _siting(asked: SitingStudy, atlas: Atlas) -> SitingRequest:
    network = atlas.named(asked.map, "$.map")
    demand = list(asked.demand)
    if not demand:
        people = atlas.people(asked.map)
        if people is None:
            text = f"map {asked.map!r} has no census zones; say where demand is"
            raise dispatch.RequestError([dispatch.Fault(path="$.demand", text=text)])
        places, count = people.along(network)
        demand = [
            DemandPoint(location=(lon, lat), weight=weight)
            for (lon, lat), weight in zip(places.tolist(), count.tolist(), strict=True)
        ]
    try:
        return SitingRequest(
            candidates=list(asked.candidates) or grid(demand, asked.grid_m),
            demand=demand,
            k=asked.k,
            minutes=asked.minutes,
            open=asked.open,
            kind=asked.vehicle,
            travel=dispatch.MapTravel(name=asked.map),
        )
    except ValidationError as error:
        raise dispatch.RequestError(dispatch.faults_of(error)) from None


def compare(request: str, plan: str, scenario: str, files: FILES) -> str:
    """Hold a ``Plan`` against itself under a ``Scenario``; returns a ``WhatIfResult``.

    Raises:
        RequestError: if the plan is no valid one of the request, or the scenario cannot be accounted for.
    """
    asked = dispatch.PlanRequest.model_validate_json(request)
    made = dispatch.Plan.model_validate_json(plan)
    travel = dispatch.Travel.of(asked, Atlas(files))
    verdict = dispatch.check(asked, made, travel)
    if not verdict.valid:
        first = verdict.violations[0]
        text = f"is no valid plan of the request: {first.code} at {first.path}: {first.text}"
        raise dispatch.RequestError([dispatch.Fault(path="$.plan", text=text)])
    try:
        found = dispatch.compare(asked, made, dispatch.Scenario.model_validate_json(scenario), travel)
        difference = carbon.paired(found.base, found.other) if found.orders else None
    except carbon.CarbonError as error:
        raise dispatch.RequestError([dispatch.Fault(path="$.scenario", text=str(error))]) from None
    return WhatIfResult(comparison=found, difference=difference).model_dump_json()
