"""The command that runs a public meal-delivery day through the dispatcher and writes what came of it."""

from pathlib import Path

import dispatch
from dispatch.couriers import run_meal_day
from dispatch.readers import SOLUTION_FILES, MealFigures, meal_figures, read_mdrp, write_mdrp_solution
from service.files import UsageError, make_folder, write_document

SUMMARY = "summary.json"


def run_mdrp(instance: Path, out: Path, *, work: int, seed: int) -> MealFigures:
    """Run the instance in a folder; write its solution for the public evaluator, and its figures, into another.

    Args:
        instance: folder with the instance's four files.
        out: folder of the three solution files and ``summary.json``; made if it is not there.
        work: rounds of each search at most.
        seed: of the searches.

    Raises:
        UsageError: if the instance cannot be read, or nothing can be written.
    """
    try:
        day = read_mdrp(instance)
    except dispatch.DispatchError as error:
        raise UsageError(str(error)) from None
    make_folder(out, (*SOLUTION_FILES, SUMMARY))
    run = run_meal_day(day, work=work, seed=seed)
    figures = meal_figures(day, run.trips, run.decision_s)
    try:
        write_mdrp_solution(out, day, run.trips)
    except OSError as error:
        raise UsageError(f"{error.filename}: cannot be written ({error.strerror}); give another --out") from None
    write_document(str(out / SUMMARY), figures.model_dump_json(indent=2))
    return figures
