"""Options with several values after one flag, as they are typed."""

import pytest

from service.cli.many import repeated

FLAGS = {"--radii", "--riders"}


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("--radii 1.5 2 --out x", "--radii 1.5 --radii 2 --out x"),
        ("--radii 1.5 --radii 2", "--radii 1.5 --radii 2"),
        ("--riders 8 12 --radii 2", "--riders 8 --riders 12 --radii 2"),
        ("--out x --radii 1", "--out x --radii 1"),
        ("--radii 1 -1 -0.5", "--radii 1 --radii -1 --radii -0.5"),
        ("--radii", "--radii"),
        ("--radii --riders 2", "--radii --riders 2"),
        ("--radii=1.5 2", "--radii=1.5 2"),
        ("--out x y", "--out x y"),
        ("", ""),
    ],
)
def test_each_value_gets_a_flag_of_its_own(typed: str, read: str) -> None:
    assert repeated(typed.split(), FLAGS) == read.split()
