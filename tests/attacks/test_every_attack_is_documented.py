"""Every attack stands in docs/attacks.md, with what it does and the twin that it breaks, and in nothing but its own words."""

from __future__ import annotations

from tests.conftest import ROOT

import troth.assurance.attacks.run  # noqa: F401 - registers all
from troth.assurance.attacks.attack import ATTACKS


def test_every_attack_has_its_row_and_no_row_is_without_an_attack() -> None:
    page = (ROOT / "docs" / "attacks.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| **")]
    assert len(rows) == len(ATTACKS)
    for attack in ATTACKS:
        kind = "certain" if attack.deterministic else "conceded" if attack.conceded else "guess"
        row = f"| **{attack.name}** | {kind} | {', '.join(attack.promises)} | {attack.says} | {attack.twin} |"
        assert row in rows, attack.name


def test_what_is_conceded_is_in_the_threat_model() -> None:
    model = " ".join((ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8").split())
    for attack in ATTACKS:
        if attack.conceded:
            assert attack.name in model, attack.name
