"""Certificates go into the ledger's chain, once each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from troth.retention.erase import Certificate
    from troth.vaults.ledger.store import Ledger


@dataclass(frozen=True)
class LedgerRegistrar:
    """Fulfils `troth.retention.erase.Registrar`."""

    ledger: Ledger

    def certify(self, certificate: Certificate) -> None:
        """The certificate is in the chain, once."""
        self.ledger.enter(
            "erasure",
            certificate.key,
            certificate.day,
            {
                "vault": certificate.name,
                "bucket": certificate.bucket,
                "rule": certificate.rule,
                "promise": certificate.promise,
                "count": certificate.count,
            },
        )
