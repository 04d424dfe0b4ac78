"""After a backup was restored: what the replicas and the ledger know is done again, vault by vault, before anything is served.

In this order: the ledger's entries; keys that are certified as destroyed; then each vault by its own role. A backup brings back no
erased contact, no finished code, no used ticket, no letter that has left. What it lacks and no replica holds (answers, details,
addresses since) is lost, and is counted. Repeating changes nothing more.
"""

from troth.wiring.restoring.line import Line
from troth.wiring.restoring.run import reconcile

__all__ = ["Line", "reconcile"]
