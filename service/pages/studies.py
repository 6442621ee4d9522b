"""``/radius/studies/{id}``: a study as the piece of the radius studio that asks for itself again while it runs."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from service.api.state import DatabaseOf
from service.api.studies import load_study
from service.auth import CallerOf, Scope, needs
from service.pages.render import render

router = APIRouter(include_in_schema=False)


@router.get("/radius/studies/{study_id}", response_class=HTMLResponse, dependencies=[needs(Scope.OPS_READ)])
def show_study(request: Request, study_id: str, database: DatabaseOf, caller: CallerOf) -> HTMLResponse:
    """Its progress, or what it found."""
    row = load_study(database, study_id, caller)
    result = (row.result or "").replace("<", "\\u003c")  # inside a script element nothing may look like its end
    shown = {
        "id": row.id,
        "status": row.status,
        "done": row.done_runs,
        "all": row.all_runs,
        "fault": row.error,
        "result": result,
    }
    return render(request, "study.html", shown, headers={"Cache-Control": "no-store"})
