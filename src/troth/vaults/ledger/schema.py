"""Table of LEDGER. Every column has a comment and a class."""

from __future__ import annotations

from sqlalchemy import Date, Integer, LargeBinary, MetaData, String, Table, Text

from troth.vaults.shapes import column

metadata = MetaData()

entry = Table(
    "entry",
    metadata,
    column("n", Integer, "count", "place in the chain, from 1", primary_key=True, autoincrement=False),
    column("key", String(120), "text", "what it accounts for; the same thing is entered once", unique=True),
    column("kind", String(30), "state", "load | release | erasure | flush | close | sever | open"),
    column("day", Date, "day", "the day it happened"),
    column("body", Text, "text", "canonical JSON: counts, rule, promise, key id, digests"),
    column("link", LargeBinary(32), "digest", "hash of the previous link and this body"),
    column("signature", LargeBinary(64), "digest", "Ed25519 over the link, by the ledger's key"),
)
