import inspect
import subprocess
import sys

import carbon


def _group(name: str) -> tuple[int, str]:
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)


def test_all_is_sorted_and_documented() -> None:
    assert carbon.__all__ == sorted(carbon.__all__, key=_group)
    for name in carbon.__all__:
        assert inspect.getdoc(getattr(carbon, name)), name


def test_every_error_is_a_carbon_error_and_says_when_it_is_raised() -> None:
    errors = [each for name, each in vars(carbon.errors).items() if inspect.isclass(each) and name.endswith("Error")]
    assert {each.__name__ for each in errors} == {name for name in carbon.__all__ if name.endswith("Error")}
    assert all(f" {each.__name__}\n" in f"{carbon.errors.__doc__}" for each in errors[1:])
    for error in errors:
        assert issubclass(error, carbon.CarbonError)
        assert "raise" in (error.__doc__ or "").lower() or error.__doc__.startswith("Base")


def test_it_imports_no_other_room() -> None:
    code = "import carbon, sys; print([m for m in ('maps', 'dispatch', 'service', 'fastapi') if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
