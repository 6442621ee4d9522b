import pytest

import carbon
from carbon import EPA_END_OF_LIFE

CUT_OFF = "desnz_waste_disposal_plastic_plastics_pet_incl_forming_closed_loop"


@pytest.mark.parametrize(
    ("material", "least_first"),
    [
        ("corrugated", ["combusted", "recycled", "landfilled"]),
        ("PET", ["landfilled", "recycled", "combusted"]),
        ("PLA", ["combusted", "landfilled", "composted"]),
    ],
)
def test_the_epas_factors_rank(material: str, least_first: list[str]) -> None:
    ranked = carbon.rank_end_of_life(0.1, EPA_END_OF_LIFE[material])
    assert [end.factor.rsplit("_", 1)[1] for end in ranked] == least_first
    assert {end.gwp for end in ranked} == {"AR4"}


def test_grams_by_hand() -> None:
    ranked = carbon.rank_end_of_life(0.065, EPA_END_OF_LIFE["corrugated"])
    assert [end.gco2e for end in ranked] == pytest.approx([65 * 0.0551, 65 * 0.1213, 65 * 0.9921])


@pytest.mark.parametrize("material", EPA_END_OF_LIFE)
def test_every_key_is_in_the_registry(material: str) -> None:
    assert len(carbon.rank_end_of_life(1, EPA_END_OF_LIFE[material])) == len(EPA_END_OF_LIFE[material])


def test_cut_off_factors_cannot_rank() -> None:
    registry = carbon.bundled_registry()
    recycled, burnt = (
        registry.get(f"desnz_waste_disposal_plastic_plastics_pet_incl_forming_{end}")
        for end in ("closed_loop", "incineration_with_energy_recovery")
    )
    assert recycled.value == burnt.value  # which is why
    with pytest.raises(carbon.CutOffError, match=r"cut-off rule.*end_of_life_pet_recycled.*AR4"):
        carbon.rank_end_of_life(1, (*EPA_END_OF_LIFE["PET"], CUT_OFF))


def test_what_cannot_be_ranked_is_refused() -> None:
    with pytest.raises(carbon.MissingFactorError, match="factor_keys is empty"):
        carbon.rank_end_of_life(1, ())
    with pytest.raises(carbon.MissingFactorError, match="'end_of_life_gold'"):
        carbon.rank_end_of_life(1, ("end_of_life_gold",))
    with pytest.raises(carbon.QuantityError, match="-1"):
        carbon.rank_end_of_life(-1, EPA_END_OF_LIFE["PET"])
    with pytest.raises(carbon.CutOffError, match="gwp of the factors is AR4 and not stated"):
        carbon.rank_end_of_life(1, ("end_of_life_pet_recycled", "express_packaging_average"))
