"""An issuer that signs for one person under a key of their own marks their ticket: everybody must be shown the same keys (P15, P23)."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from typing import TYPE_CHECKING, Final

from troth.assurance.attacks.attack import Finding, Outcome, attack
from troth.assurance.attacks.keystore import keys_in

if TYPE_CHECKING:
    from troth.assurance.attacks.loot import Loot

PURPOSES: Final = ("voucher", "interview")


@attack(
    "the issuer marks somebody's key", ("P15", "P23"), deterministic=True, twin="a finish page with an issuer's key per person",
    says="Whoever runs the issuer shows somebody a key that nobody else has; the respondents compare what their finish pages showed with "
    "each other and with the published file.",
)  # fmt: skip
def run(loot: Loot) -> Outcome:
    """Every finish page showed the same two keys, and they are the published ones, which never changed."""
    rows = loot.observations("issuers")
    found = []
    kinds = Counter(row["issuers"] for row in rows)
    if len(kinds) > 1:
        apart = len(rows) - kinds.most_common(1)[0][1]
        found.append(
            Finding("finish pages", f"{len(kinds)} sets of issuer keys; {apart} of {len(rows)} pages had a rare one")
        )
    published = _published(loot)
    for purpose in PURPOSES:
        if len(published[purpose]) > 1:
            found.append(
                Finding(f"issuer-{purpose}.pub", f"{len(published[purpose])} keys were published under one name")
            )
        strange = sum(row.get(purpose) not in published[purpose] for row in rows) if published[purpose] else 0
        if strange:
            found.append(
                Finding(
                    "finish pages", f"{strange} of {len(rows)} showed a {purpose} key that is not the published one"
                )
            )
    if rows and not all(published.values()):
        found.append(Finding("keys of public", "there is no published issuer key to compare with"))
    return Outcome(len(rows), tuple(found))


def _published(loot: Loot) -> dict[str, set[str]]:
    """Purpose -> SHA-256 of the key in base64, as `outside.issuers_on` has it, over all copies of the public folder."""
    found: dict[str, set[str]] = {purpose: set() for purpose in PURPOSES}
    for folder in loot.keystores().values():
        for key in keys_in(folder):
            for purpose in PURPOSES:
                if key.role == "public" and key.name == f"issuer-{purpose}.pub":
                    found[purpose].add(hashlib.sha256(base64.b64encode(key.key)).hexdigest())
    return found
