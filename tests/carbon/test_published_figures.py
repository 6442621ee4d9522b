"""Figures as their publishers print them, out of the bundled factors: materials, ends of life, vehicles, rounds."""

import pytest

import carbon

USE = "desnz_material_use_"
WASTE = "desnz_waste_disposal_"
PRIMARY, LOOP = "_primary_material_production", "_closed_loop_source"

MATERIALS = {  # DESNZ 2025, kgCO2e per kg: primary, closed loop
    "paper_paper_and_board_board": (1.1997, 1.0981),
    "paper_paper_and_board_paper": (1.3451, 1.0501),
    "plastic_plastics_average_plastic_film": (2.9165, 1.1036),
    "plastic_plastics_ldpe_and_lldpe_incl_forming": (2.9651, 1.0979),
    "plastic_plastics_hdpe_incl_forming": (3.0952, 1.7708),
    "plastic_plastics_pp_incl_forming": (2.5776, 1.3126),
    "plastic_plastics_pet_incl_forming": (3.8639, 2.2139),
    "plastic_plastics_ps_incl_forming": (4.3768, 2.6698),
    "metal_metal_aluminium_cans_and_foil_excl_forming": (9.1159, 0.9951),
}


def per_kg(key: str) -> float:
    """Kilograms CO2e of one kilogram, to the four places that are printed."""
    return round(carbon.bundled_registry().get(key).emission(1.0, "kg").grams / 1000, 4)


@pytest.mark.parametrize(("material", "printed"), MATERIALS.items())
def test_materials(material: str, printed: tuple[float, float]) -> None:
    assert (per_kg(f"{USE}{material}{PRIMARY}"), per_kg(f"{USE}{material}{LOOP}")) == printed


def test_pvc_has_a_primary_figure() -> None:
    assert per_kg(f"{USE}plastic_plastics_pvc_incl_forming{PRIMARY}") == 2.9448


@pytest.mark.parametrize(
    ("key", "printed"),
    [
        (f"{WASTE}plastic_plastics_pp_incl_forming_closed_loop", 0.0047),
        (f"{WASTE}plastic_plastics_pp_incl_forming_incineration_with_energy_recovery", 0.0047),
        (f"{WASTE}plastic_plastics_pp_incl_forming_landfill", 0.0090),
        (f"{WASTE}paper_paper_and_board_board_landfill", 1.1645),
        ("end_of_life_ps_combusted", 3.3290),
        ("end_of_life_pp_landfilled", 0.0220),
        ("end_of_life_corrugated_containers_landfilled", 0.9921),
        ("end_of_life_corrugated_containers_combusted", 0.0551),
        ("end_of_life_corrugated_containers_recycled", 0.1213),
        ("end_of_life_pla_composted", 0.1874),
    ],
)
def test_ends_of_life(key: str, printed: float) -> None:
    assert per_kg(key) == printed


@pytest.mark.parametrize(
    ("us_tons", "per_kilogram"), [(2.80, 3.0865), (3.02, 3.3290), (0.90, 0.9921), (0.05, 0.0551), (0.17, 0.1874)]
)
def test_the_hub_prints_short_tons(us_tons: float, per_kilogram: float) -> None:
    """EPA's hub: tonnes CO2e a short ton, times 1.10231 for kilograms a kilogram."""
    assert round(us_tons * 1.10231, 4) == per_kilogram


@pytest.mark.parametrize(
    ("key", "printed"),
    [
        ("grid_side_electricity_e_bike_25_km_h", "0.0091"),
        ("grid_side_electricity_e_bike_45_km_h", "0.0159"),
        ("grid_side_electricity_cargo_e_bike_171_kg_driving_mass_incl_50_kg_cargo", "0.0131"),
        ("grid_side_electricity_e_scooter_4_kw", "0.0282"),
        ("grid_side_electricity_e_scooter_4_11_kw", "0.0535"),
        ("fuel_petrol_moped_4_kw", "0.0192"),
        ("desnz_business_travel_land_motorbike_small", "0.0832"),
        ("desnz_business_travel_land_motorbike_average", "0.1137"),
        ("desnz_freighting_goods_vans_average_up_to_3_5_tonnes_diesel_per_tonne_km", "0.6313"),
        ("drone_emissions_per_package_0_5_kg", "0.0700"),
        ("drone_energy_per_package_0_5_kg", "0.3300"),
    ],
)
def test_vehicles(key: str, printed: str) -> None:
    assert f"{carbon.bundled_registry().get(key).value:.4f}" == printed


def test_a_round_of_four_orders_and_eight_kilometres() -> None:
    """Published as 18 to 33 g an order by e-bike in China. F8 gives that to mopeds; e-bikes stay below it.

    33 g is 8 km of an electric scooter below 4 kW (0.0282 kWh/km) over four orders, so the published range spans both.
    """
    grid = carbon.bundled_registry().electricity("CN").value * 1000

    def grams_an_order(vehicle: carbon.EBike, kmh: float, load_kg: float) -> float:
        wh = vehicle.battery_wh(8000.0, 8000 / (kmh / 3.6), load_kg)
        return float(carbon.grid_wh(wh)) / 1000 * grid / 4

    bikes = [grams_an_order(carbon.E_BIKE, kmh, kg) for kmh in (15, 20, 25) for kg in (0, 30)]
    mopeds = [grams_an_order(carbon.MOPED, kmh, kg) for kmh in (15, 20, 25) for kg in (0, 30)]
    assert [round(min(bikes), 1), round(max(bikes), 1)] == [9.5, 20.1]
    assert [round(min(mopeds), 1), round(max(mopeds), 1)] == [19.9, 29.9]
    scooter = carbon.bundled_registry().get("grid_side_electricity_e_scooter_4_kw").value
    assert round(8 * scooter * grid / 4) == 33
