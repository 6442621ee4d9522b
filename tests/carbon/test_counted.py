from carbon.counted import counted


def test_one_is_not_many() -> None:
    assert [counted(number, "order") for number in (0, 1, 2, 12_345)] == [
        "0 orders", "1 order", "2 orders", "12,345 orders",
    ]  # fmt: skip
    assert counted(1, "category", "categories") == "1 category"
    assert counted(3, "category", "categories") == "3 categories"
