import dispatch.twin


def test_names_are_sorted_and_there() -> None:
    names = dispatch.twin.__all__
    constants, classes, functions = (
        [name for name in names if name.isupper()],
        [name for name in names if name[0].isupper() and not name.isupper()],
        [name for name in names if name[0].islower()],
    )
    assert names == [*sorted(constants), *sorted(classes), *sorted(functions)]
    assert all(hasattr(dispatch.twin, name) for name in names)
