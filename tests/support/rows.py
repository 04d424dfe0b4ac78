"""Five good people of a sample file, and the file that has them."""

from __future__ import annotations

import csv
import io

from tests.support.contacts import small_pack

PACK = small_pack()
NAMES = [column.name for column in PACK.sample_columns]
GOOD = {
    "name": "Siân Tŷ-Gwyn", "address_1": "Flat 3", "address_2": "12 Heol y Dŵr", "address_3": "", "town": "Bangor",
    "postcode": "ll57 1aa", "region": "wales", "language": "cy", "supplier_ref": "R-1",
}  # fmt: skip


ZED = {**GOOD, "name": "Zed", "address_1": "Flat 99", "region": "london", "supplier_ref": "R-99"}


def text(rows: list[dict[str, str]], names: list[str] = NAMES, delimiter: str = ",") -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(names)
    writer.writerows([row.get(name, "") for name in names] for row in rows)
    return out.getvalue()


def people(count: int = 5, **changed: str) -> list[dict[str, str]]:
    """Five good people; the last one is changed."""
    rows = [
        {**GOOD, "name": f"{GOOD['name']} {'ABCDEFGHIJ'[n]}", "address_1": f"Flat {n + 1}", "supplier_ref": f"R-{n}"}
        for n in range(count)
    ]
    rows[-1] |= changed
    return rows
