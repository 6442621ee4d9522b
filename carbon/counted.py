"""Counts in sentences, so that one order is not "1 orders"."""


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun: ``1 order``, ``2 orders``, ``1,000 categories``.

    Args:
        number: how many.
        one: the noun for one.
        many: the noun for any other number, if it is not ``one`` with an s.
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"
