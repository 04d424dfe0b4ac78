"""Tables of VOUCHERS. Every column has a comment and a class."""

from __future__ import annotations

from sqlalchemy import Date, Index, Integer, LargeBinary, MetaData, String, Table

from troth.vaults.shapes import column

metadata = MetaData()

spent = Table(
    "spent",
    metadata,
    column("key", LargeBinary(32), "digest", "hash of a ticket; its being here is its being spent", primary_key=True),
)

inbox = Table(
    "inbox",
    metadata,
    column("id", LargeBinary(16), "random id", "drawn when the claim came in", primary_key=True),
    column("wrapped", LargeBinary, "sealed", "data key of the details, under its bucket"),
    column("sealed", LargeBinary, "sealed", "the contact details, of one size"),
    column("bucket", String(60), "fact", "the bucket that dies with them"),
)

claim = Table(
    "claim",
    metadata,
    column("id", LargeBinary(16), "random id", "drawn again at the flush", primary_key=True),
    column("wrapped", LargeBinary, "sealed", "data key of the details, under its bucket"),
    column("sealed", LargeBinary, "sealed", "the contact details, of one size"),
    column("bucket", String(60), "fact", "the bucket that dies with them"),
    column("state", String(12), "state", "waiting | ordered | sent"),
    column("batch", String(32), "random id", "the order or round it is part of", nullable=True),
    column("latest", Date, "day", "gone by this day whatever happens"),
    column("dies_on", Date, "day", "the day it is erased; only ever moves earlier"),
)
Index("claim_dies_on", claim.c.dies_on)
Index("claim_bucket", claim.c.bucket)

batch = Table(
    "batch",
    metadata,
    column("id", String(32), "random id", "an order or a round of invitations", primary_key=True),
    column("state", String(12), "state", "prepared | sent | done"),
    column("day", Date, "day", "when its state last changed"),
    column("count", Integer, "count", "claims in it"),
    column("digest", String(64), "digest", "SHA-256 of the file that left", nullable=True),
)

erasing = Table(
    "erasing",
    metadata,
    column("bucket", String(60), "fact", "a bucket whose rows are gone and whose key is about to go", primary_key=True),
    column("rule", String(30), "fact", "which retention rule"),
    column("day", Date, "day", "the day of the erasure"),
    column("count", Integer, "count", "how many people's data died"),
)
