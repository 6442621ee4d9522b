"""Write the versions of the active environment into constraints.txt and pyproject.toml.

Run it after changing a dependency: ``uv run python .ci/pin.py``. The versions are those of every package that the
project's own requirements reach, so that a plain ``pip install -c constraints.txt`` and ``uv sync`` build the same
environment without naming an index.
"""

import re
from importlib.metadata import PackageNotFoundError, distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = {"swiftleaf", "pip", "uv", "setuptools", "wheel"}


def pins() -> list[str]:
    """Every installed distribution but ours and the installers, as ``name==version``, sorted."""
    found = {re.sub(r"[-_.]+", "-", d.metadata["Name"]).lower(): d.version for d in distributions()}
    return [f"{name}=={version}" for name, version in sorted(found.items()) if name not in TOOLS]


def main() -> None:
    """Rewrite both lists in place."""
    lines = pins()
    if not lines:
        raise PackageNotFoundError("swiftleaf: no packages are installed; run `uv sync` first")
    (ROOT / "constraints.txt").write_text("\n".join(lines) + "\n")
    project = ROOT / "pyproject.toml"
    block = "constraint-dependencies = [\n" + "".join(f'    "{line}",\n' for line in lines) + "]"
    text = re.sub(r"constraint-dependencies = \[\n.*?\]", block, project.read_text(), count=1, flags=re.DOTALL)
    project.write_text(text)


if __name__ == "__main__":
    main()
