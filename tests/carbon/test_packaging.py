import pytest
from hypothesis import given
from hypothesis import strategies as st

import carbon
from carbon import Packaging, Piece
from carbon.packaging import BOARD, BOARD_RECYCLED, LDPE, LDPE_RECYCLED, PAPER

BURNT = "end_of_life_ldpe_combusted"
BURIED = "end_of_life_ldpe_landfilled"


def grams(*pieces: Piece) -> float:
    return carbon.packaging_gco2e(Packaging(name="own", pieces=pieces)).production_gco2e


def test_the_published_grams_of_bags_and_cartons() -> None:
    assert carbon.packaging_gco2e(carbon.DEFAULT_PACKAGING).production_gco2e == pytest.approx(
        36, abs=0.5
    )  # 12 g LDPE bag
    assert grams(Piece(material="kraft paper", mass_kg=0.050, production=PAPER)) == pytest.approx(67, abs=0.5)
    assert grams(Piece(material="corrugated board", mass_kg=0.320, production=BOARD)) == pytest.approx(384, abs=0.5)


@pytest.mark.parametrize(("volume_l", "mass_g"), [(2.8, 117), (12.7, 320), (23.4, 482)])
def test_ademes_rule_gives_the_published_cartons(volume_l: float, mass_g: float) -> None:
    assert carbon.corrugated_box_kg(volume_l) * 1000 == pytest.approx(mass_g, abs=0.7)


def test_standard_packagings_are_cited() -> None:
    assert set(carbon.STANDARD_PACKAGING) == {
        "ldpe_bag",
        "recycled_ldpe_bag",
        "paper_bag",
        "carton",
        "reusable_bag",
        "none",
    }
    masses = {name: packaging.mass_kg for name, packaging in carbon.STANDARD_PACKAGING.items()}
    assert masses == {
        "ldpe_bag": 0.012,
        "recycled_ldpe_bag": 0.012,
        "paper_bag": 0.05,
        "carton": 0.065,
        "reusable_bag": 0.118,
        "none": 0,
    }
    cited = [factor.source for factor in carbon.packaging_factors(carbon.DEFAULT_PACKAGING)]
    assert any("DESNZ" in source for source in cited)
    assert any("TemaNord 2024:515" in source for source in cited)
    assert carbon.packaging_gco2e(carbon.STANDARD_PACKAGING["none"]).production_gco2e == 0


def test_f10_by_hand() -> None:
    # 1 kg of board, 40 % recycled: 0.6 x 1199.72542 + 0.4 x 1098.11442
    board = Piece(material="board", mass_kg=1.0, production=BOARD, recycled=BOARD_RECYCLED, recycled_share=0.4)
    assert grams(board) == pytest.approx(1159.08102, rel=1e-12)
    # 10 g of LDPE: 70 % burnt at 3.0865, 30 % buried at 0.022 kg/kg, kept apart from its production
    bag = Piece(material="LDPE", mass_kg=0.01, production=LDPE, end_of_life={BURNT: 0.7, BURIED: 0.3})
    both = carbon.packaging_gco2e(Packaging(name="own", pieces=(board, bag)))
    assert both.end_of_life_gco2e == pytest.approx(21.6055 + 0.066, rel=1e-12)
    assert both.production_gco2e == pytest.approx(1159.08102 + 29.650779, rel=1e-12)
    assert carbon.packaging_gco2e(carbon.DEFAULT_PACKAGING).end_of_life_gco2e is None


@given(st.floats(0, 10), st.floats(0, 10), st.floats(0, 1))
def test_packaging_is_additive_and_never_negative(one: float, two: float, recycled: float) -> None:
    def piece(mass_kg: float) -> Piece:
        return Piece(material="LDPE", mass_kg=mass_kg, production=LDPE, recycled=LDPE_RECYCLED, recycled_share=recycled)

    assert grams(piece(one), piece(two)) == pytest.approx(grams(piece(one + two)), rel=1e-9)
    assert 0 <= grams(piece(one)) <= grams(Piece(material="LDPE", mass_kg=one, production=LDPE)) * (1 + 1e-9)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"mass_kg": -0.01}, "mass_kg of LDPE is -0.01"),
        ({"mass_kg": float("nan")}, "mass_kg of LDPE is nan"),
        ({"recycled_share": 1.2, "recycled": LDPE_RECYCLED}, "recycled_share of LDPE is 1.2"),
        ({"recycled_share": 0.2}, "recycled of LDPE is missing"),
        ({"end_of_life": {BURNT: 0.7, BURIED: 0.7}}, "end_of_life of LDPE is 1.4"),
        ({"end_of_life": {BURNT: -0.1}}, "end_of_life.*-0.1"),
    ],
)
def test_impossible_pieces_are_refused_by_name(change: dict[str, object], said: str) -> None:
    with pytest.raises(carbon.QuantityError, match=said):
        Piece.model_validate({"material": "LDPE", "mass_kg": 0.01, "production": LDPE} | change)
    with pytest.raises(carbon.QuantityError, match="volume_l is -1"):
        carbon.corrugated_box_kg(-1)


def test_wrong_factors_are_refused() -> None:
    with pytest.raises(carbon.MissingFactorError, match="'moonbeams'"):
        grams(Piece(material="moonbeams", mass_kg=1, production="moonbeams"))
    with pytest.raises(carbon.UnitError, match="per 'kWh'"):
        grams(Piece(material="LDPE", mass_kg=1, production="electricity_life_cycle_footprint_factor"))


def test_a_co2_only_material_is_not_called_co2e() -> None:
    co2 = carbon.Factor(
        key="wood",
        name="wood",
        value=0.1,
        unit="kgCO2/kg",
        gas="CO2",
        region="CL",
        source="own",
        address="own",
        licence="own",
    )
    registry = carbon.bundled_registry().joined(carbon.Registry([co2]))
    with pytest.raises(carbon.MixedGasError):
        carbon.packaging_gco2e(
            Packaging(name="crate", pieces=(Piece(material="wood", mass_kg=1, production="wood"),)), registry
        )
