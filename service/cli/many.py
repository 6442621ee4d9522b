"""Options that take several values after one flag, ``--radii 1.5 2 2.5``, which click's own options cannot."""

import typer
from typer.core import TyperCommand


class ManyValues(TyperCommand):
    """A command whose list options take all values up to the next option; it can have no arguments beside them.

    ``--radii 1.5 2`` is read as click's ``--radii 1.5 --radii 2``, which works too.
    """

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]  # typer's own click
        """Repeat the flag before each further value, then parse as ever."""
        flags = {flag for param in self.params if getattr(param, "multiple", False) for flag in param.opts}
        return super().parse_args(ctx, repeated(args, flags))


def repeated(args: list[str], flags: set[str]) -> list[str]:
    """Write each value after one of ``flags`` with a flag of its own.

    What looks like a number is a value, its sign included: ``--drones 0 -1`` has two, and the second is for the option
    to refuse.
    """
    made: list[str] = []
    flag: str | None = None
    for i, each in enumerate(args):
        if each in flags:
            flag = each
            following = args[i + 1] if i + 1 < len(args) else None
            if following is None or _is_option(following):
                made.append(each)  # without a value: click says so
        elif flag is not None and not _is_option(each):
            made += [flag, each]
        else:
            flag = None
            made.append(each)
    return made


def _is_option(word: str) -> bool:
    return word.startswith("-") and not _is_number(word)


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
