"""A synthetic sample: people who do not exist, shaped like those who do. The same seed gives the same file.

Seeded on purpose, and so without any secret in it: nothing made here is ever a code, a key or a reference.
"""

from __future__ import annotations

import csv
import random  # noqa: TID251 - seeded synthetic people (STYLE: the one place for it)
from typing import TYPE_CHECKING, Final, NamedTuple

from troth.kit.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from troth.study import StudyPack


class Region(NamedTuple):
    """Towns with the letters that their postcodes begin with."""

    towns: tuple[tuple[str, str], ...]


_REGIONS: Final[dict[str, Region]] = {
    "north_east": Region(
        (("Newcastle upon Tyne", "NE"), ("Sunderland", "SR"), ("Durham", "DH"), ("Middlesbrough", "TS"))
    ),
    "north_west": Region(
        (("Manchester", "M"), ("Liverpool", "L"), ("Preston", "PR"), ("Carlisle", "CA"), ("Bolton", "BL"))
    ),
    "yorkshire": Region(
        (("Leeds", "LS"), ("Sheffield", "S"), ("Kingston upon Hull", "HU"), ("Bradford", "BD"), ("York", "YO"))
    ),
    "east_midlands": Region((("Nottingham", "NG"), ("Leicester", "LE"), ("Derby", "DE"), ("Lincoln", "LN"))),
    "west_midlands": Region(
        (("Birmingham", "B"), ("Coventry", "CV"), ("Wolverhampton", "WV"), ("Stoke-on-Trent", "ST"))
    ),
    "east": Region(
        (("Norwich", "NR"), ("Cambridge", "CB"), ("Ipswich", "IP"), ("Peterborough", "PE"), ("Luton", "LU"))
    ),
    "london": Region((("London", "E"), ("London", "SE"), ("London", "N"), ("Croydon", "CR"), ("Harrow", "HA"))),
    "south_east": Region(
        (("Brighton", "BN"), ("Southampton", "SO"), ("Reading", "RG"), ("Oxford", "OX"), ("Canterbury", "CT"))
    ),
    "south_west": Region((("Bristol", "BS"), ("Plymouth", "PL"), ("Truro", "TR"), ("Exeter", "EX"), ("Bath", "BA"))),
    "wales": Region(
        (("Caerdydd", "CF"), ("Abertawe", "SA"), ("Bangor", "LL"), ("Aberystwyth", "SY"), ("Wrecsam", "LL"))
    ),
}
_WALES: Final = "wales"
_ANYWHERE: Final = Region((("Ashby Magna", "LE"), ("Newport", "PO"), ("Weston", "ST")))
_GIVEN: Final = (
    "Aisha", "Alun", "Amelia", "Anna-Maria", "Arjun", "Bethan", "Callum", "Chidi", "Chloë", "Dafydd", "Daniel", "Ebony",
    "Edward", "Efa", "Emily", "Farida", "George", "Grace", "Hamza", "Hannah", "Imogen", "Isaac", "Jakub", "Jasmine", "Kofi",
    "Leila", "Liam", "Lily", "Mair", "Maya", "Mei", "Mohammed", "Niamh", "Nia", "Olivia", "Oluwaseun", "Owain", "Priya",
    "Rhys", "Ruby", "Samuel", "Sana", "Siân", "Sofia", "Thomas", "Tomasz", "Wei", "Yusuf", "Zainab", "Zoë",
)  # fmt: skip
_FAMILY: Final = (
    "Adeyemi", "Ahmed", "Akhtar", "Bailey", "Begum", "Bevan", "Brown", "Campbell", "Chen", "Clarke", "Cooper", "D'Souza",
    "Davies", "Edwards", "Evans", "Fletcher", "García", "Green", "Griffiths", "Hall", "Hussain", "Jenkins", "Jones", "Kaur",
    "Khan", "Kowalski", "Lewis", "Llewelyn", "MacDonald", "Mensah", "Murphy", "Nguyen", "Nowak", "O'Connor", "Okonkwo",
    "Patel", "Price", "Pryce-Williams", "Roberts", "Shah", "Singh", "Smith", "St John", "Taylor", "Thomas", "Walker",
    "Williams", "Wright", "Żukowski", "Featherstonehaugh-Cholmondeley",
)  # fmt: skip
_WELSH_STREETS: Final = (
    "Ffordd y Tŷ Gwyn",
    "Heol y Dŵr",
    "Stryd Fawr",
    "Maes-yr-haf",
    "Lôn y Bŵl",
    "Llys Tŷ Newydd",
    "Rhodfa'r Môr",
)
_STREETS: Final = (
    "High Street", "Station Road", "Church Lane", "Victoria Road", "Mill Lane", "Park Avenue", "Chapel Street", "The Crescent",
    "Queen's Drive", "Orchard Close", "Meadow View", "Albert Terrace", "School Hill", "Kingsway", "Saint Bartholomew's Gardens",
)  # fmt: skip
_VILLAGES: Final = ("Upper Thornley", "Marsh Green", "Little Wickham", "Westbrook", "Oldfield", "Penrhyn")
_ADDRESS: Final = ("address_1", "address_2", "address_3", "town", "postcode")
_INWARD: Final = "ABDEFGHJLNPQRSTUWXYZ"


def synthesise(pack: StudyPack, people: int, seed: int) -> Iterator[dict[str, str]]:
    """`people` rows of exactly the study's columns, spread evenly over its cells, so that no cell is smaller than k.

    Raises:
        Refused: the study requires a column that this program has no idea how to fill.

    """
    known = {
        "name",
        "address_1",
        "address_2",
        "address_3",
        "town",
        "postcode",
        "region",
        "language",
        "supplier_ref",
        "large_print",
    }
    strange = [column.name for column in pack.sample_columns if column.required and column.name not in known]
    if strange:
        raise Refused(f"nobody told the synthesiser what to put into the column {strange[0]}", where="sample_columns")
    chance = random.Random(seed)  # noqa: S311 - synthetic people are no secret
    cells = [str(cell.id) for cell in pack.flush.cells]
    chance.shuffle(cells)
    cells = cells[: max(1, min(len(cells), people // pack.flush.minimum))]
    if people >= pack.flush.minimum and _WALES in (str(cell.id) for cell in pack.flush.cells) and _WALES not in cells:
        cells[0] = _WALES
    names = [column.name for column in pack.sample_columns]
    limits = {column.name: column.max_length for column in pack.sample_columns}
    addresses: set[tuple[str, ...]] = set()
    for number in range(people):
        person = _person(chance, cells[number % len(cells)], pack)
        while (address := tuple(person[part] for part in _ADDRESS)) in addresses:  # one person per address
            person = _person(chance, cells[number % len(cells)], pack)
        addresses.add(address)
        person["supplier_ref"] = f"S{seed}-{number:07d}"
        person["large_print"] = "no" if (number + 1) % 20 else "yes"
        yield {name: person.get(name, "")[: limits[name]] for name in names}


def write_sample(pack: StudyPack, people: int, seed: int, out: Path) -> int:
    """The synthetic sample stands in that file, readable by its owner only; counts the people. The rows are streamed.

    Raises:
        Refused: there is a file already, or as `synthesise`.

    """
    try:
        out.touch(mode=0o600, exist_ok=False)
    except FileExistsError:
        raise Refused("there is a file already", where=out.name, mend="name another one") from None
    with out.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\r\n")
        writer.writerow([column.heads for column in pack.sample_columns])
        writer.writerows(row.values() for row in synthesise(pack, people, seed))
    return people


def _person(chance: random.Random, cell: str, pack: StudyPack) -> dict[str, str]:
    town, area = chance.choice(_REGIONS.get(cell, _ANYWHERE).towns)
    street = chance.choice(_WELSH_STREETS if cell == _WALES and chance.random() < 0.5 else _STREETS)  # noqa: PLR2004
    lines = [f"{chance.randint(1, 240)} {street}"]
    if chance.random() < 0.2:  # noqa: PLR2004 - about one in five lives in a flat
        lines.insert(0, f"Flat {chance.randint(1, 40)}{chance.choice(('', 'A', 'B'))}")
    if chance.random() < 0.15:  # noqa: PLR2004
        lines.append(chance.choice(_VILLAGES))
    lines += [""] * (3 - len(lines))
    family = chance.choice(_FAMILY)
    given = chance.choice(_GIVEN)
    if chance.random() < 0.1:  # noqa: PLR2004
        given += f" {chance.choice(_GIVEN)}"
    welsh = "cy" in pack.languages and cell == _WALES and chance.random() < 0.3  # noqa: PLR2004
    return {
        "name": f"{given} {family}",
        "address_1": lines[0], "address_2": lines[1], "address_3": lines[2],
        "town": town,
        "postcode": f"{area}{chance.randint(1, 29)} {chance.randint(0, 9)}{chance.choice(_INWARD)}{chance.choice(_INWARD)}",
        "region": cell,
        "language": "cy" if welsh else "en",
    }  # fmt: skip
