import maps


def test_public_names_are_sorted_there_and_explained() -> None:
    assert maps.__all__ == sorted(maps.__all__, key=lambda name: (not name.isupper(), name))
    for name in maps.__all__:
        thing = getattr(maps, name)
        assert not callable(thing) or thing.__doc__, f"{name} has no docstring"


def test_errors_share_one_base() -> None:
    assert issubclass(maps.MapFileError, maps.MapError)
    assert issubclass(maps.PointError, maps.MapError)
