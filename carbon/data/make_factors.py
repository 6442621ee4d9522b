"""Make ``factors.csv`` from collected factor tables.

Run it as ``python -m carbon.data.make_factors COLLECTED.csv carbon/data/additions.csv``.

Each table has the columns name, unit, value, lower, upper, year, region, source, address, licence. The script keeps
the rows that may be passed on and that an auditor can follow, and gives each a key, a gas, a GWP set and an edition.
What it drops, it counts out loud. Given the same tables it writes the same bytes.

A row is kept when its licence is one of ``LICENCES`` and it has an address. The licences were checked, not assumed:
Ember's data is CC BY 4.0 (its own page, https://ember-energy.org/creative-commons/, and the licence that Our World in
Data records for it), CO2.js is Apache-2.0 and codecarbon is MIT by their packages. The licence of ADEME's Base
Empreinte values inside nosgestesclimat could not be confirmed, nor that of two journal articles, so those rows stay
out, as do claims and figures somebody derived without a source.
"""

import csv
import re
import sys
from collections import Counter
from pathlib import Path

from carbon.factor_file import COLUMNS
from carbon.factors import EMISSION_UNIT
from carbon.registry import Registry

TARGET = Path(__file__).with_name("factors.csv")

EMBER = "CC BY 4.0 (https://ember-energy.org/creative-commons/), attribution: Ember"
LICENCES = {
    "Open Government Licence v3.0": "Open Government Licence v3.0, attribution: UK DESNZ",
    "government notice (facts)": "government notice (facts)",
    "official notice (facts); machine copy in codecarbon package (MIT)": "government notice (facts); codecarbon (MIT)",
    "MIT package; Ember data CC BY 4.0 (memory)": f"{EMBER}, via codecarbon (MIT)",
    "MIT package; Ember data CC BY 4.0": f"{EMBER}, via codecarbon (MIT)",
    "Apache-2.0 code (memory); Ember CC BY 4.0 (memory)": f"{EMBER}, via CO2.js (Apache-2.0)",
    "BSD-3-Clause": "BSD-3-Clause, attribution: Paul Scherrer Institute",
    "US public domain; BSD-3 package": "US public domain; BSD-3-Clause package",
    "MIT": "MIT, attribution: ADEME",
    "facts cited": "fact, cited",
    "fact": "fact, cited",
    "derived fact": "fact, derived from the cited figures",
    "facts; recomputable from globalwarmingpotentials (CC0)": "fact, cited; also globalwarmingpotentials (CC0)",
    "project assumption": "Apache-2.0, assumption of this project",
}

# What the sources say of themselves: part of the source text, edition, GWP set.
EDITIONS = (
    ("UK DESNZ/Defra", "2025", "AR5"),
    ("US EPA GHG Emission Factors Hub", "", "AR4"),
    ("carculator_two_wheeler 0.1.0", "0.1.0", None),
    ("publicodes-impact-livraison 0.7.0", "0.7.0", None),
    ("Announcement 2025 No.47", "2025 No. 47", None),
    ("Announcement 2024 No.33", "2024 No. 33", None),
    ("Guide to ISO 14083", "2024", None),
    ("co2.js 0.19", "CO2.js 0.19", None),
    ("global_energy_mix.json", "codecarbon 3.3", None),
)


def slug(words: str) -> str:
    """Lower case letters and digits, everything else as single underscores."""
    return re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")


def edition_and_gwp(row: dict[str, str]) -> tuple[str, str]:
    """Edition of a row's source and the GWP set behind it; empty strings where the source states none."""
    year = "" if row["year"].isdigit() else row["year"]
    named = re.search(r"\bAR[456]\b", row["name"])
    for part, edition, gwp in EDITIONS:
        if part in row["source"]:
            return " ".join(filter(None, (edition, year))), (named[0] if named else gwp or "")
    return year, named[0] if named else ""


def shipped(row: dict[str, str], key: str) -> dict[str, str]:
    """The row as it goes into the factor file."""
    edition, gwp = edition_and_gwp(row)
    emission = EMISSION_UNIT.fullmatch(row["unit"])
    made = {
        "key": key,
        "gas": emission["gas"] if emission else "",
        "gwp": gwp if emission and emission["gas"] == "CO2e" else "",
        "year": row["year"] if row["year"].isdigit() else "",
        "edition": edition,
        "licence": LICENCES[row["licence"]],
    }
    return {column: made.get(column, row.get(column, "")) for column in COLUMNS}


def reason_to_drop(row: dict[str, str]) -> str | None:
    """Why a row may not ship, or None if it may."""
    if row["licence"] not in LICENCES:
        return f"licence {row['licence']!r}"
    return None if row["address"] else "no address"


def main(tables: list[str]) -> None:
    """Write the factor file from ``tables`` and say what was kept and dropped."""
    rows = [row for table in tables for row in csv.DictReader(Path(table).read_text(encoding="utf-8-sig").splitlines())]
    reasons = [reason_to_drop(row) for row in rows]
    kept = [row for row, reason in zip(rows, reasons, strict=True) if reason is None]
    # The same name per km and per tonne.km is two things: only then does the unit join the key.
    units: dict[str, set[str]] = {}
    for row in kept:
        units.setdefault(slug(row["name"]), set()).add(row["unit"])
    keys = [
        slug(f"{row['name']} per {row['unit'].split('/')[-1]}" if len(units[slug(row["name"])]) > 1 else row["name"])
        for row in kept
    ]
    factors = sorted(
        (shipped(row, key) for row, key in zip(kept, keys, strict=True)),
        key=lambda factor: (factor["key"], factor["region"], factor["year"], factor["edition"]),
    )
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(factors)
    sys.stdout.write(f"{len(Registry.read(TARGET))} factors in {TARGET.name}\n")
    for reason, count in sorted(Counter(filter(None, reasons)).items()):
        sys.stdout.write(f"dropped {count}: {reason}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
