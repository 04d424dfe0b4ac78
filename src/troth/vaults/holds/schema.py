"""Tables of HOLDS. Every column has a comment and a class."""

from __future__ import annotations

from sqlalchemy import Date, Index, Integer, LargeBinary, MetaData, String, Table

from troth.vaults.shapes import column

metadata = MetaData()

proposal = Table(
    "proposal",
    metadata,
    column(
        "id", String(32), "random id", "what one approver proposed; a hold that is added keeps it", primary_key=True
    ),
    column("kind", String(8), "state", "add | renew | release"),
    column("hold", String(32), "random id", "the hold that is to be renewed or released", nullable=True),
    column("source", String(12), "state", "what kind of record: contact, or another of a few words"),
    column("reason", String(14), "state", "why: one of a few words"),
    column("officer", String(30), "text", "whose key the record is to be sealed to: an officer's name in this study"),
    column("review_on", Date, "day", "until when the record is to be kept"),
    column("wrapped", LargeBinary, "sealed", "data key of the terms, under the bucket of the review date"),
    column("terms", LargeBinary, "sealed", "the record's reference and the first signature, of one size"),
    column("bucket", String(60), "fact", "the bucket that dies on the review date"),
    column("lapses_on", Date, "day", "gone by this day unless a second approver agreed"),
)

held = Table(
    "held",
    metadata,
    column("id", String(32), "random id", "one hold", primary_key=True),
    column("state", String(8), "state", "moving (the original may be there still) | held"),
    column("kind", String(8), "state", "add | renew: what the two signatures are of"),
    column("source", String(12), "state", "what kind of record: contact, or another of a few words"),
    column("reason", String(14), "state", "why: one of a few words"),
    column("officer", String(30), "text", "whose key the record is sealed to: an officer's name in this study"),
    column("review_on", Date, "day", "kept until this day; only two approvers move it"),
    column("wrapped", LargeBinary, "sealed", "data key of record and terms, under the bucket of the review date"),
    column("sealed", LargeBinary, "sealed", "the record for its officer alone, under that data key, of one size"),
    column(
        "terms", LargeBinary, "sealed", "the reference it had and both signatures, under that data key, of one size"
    ),
    column("bucket", String(60), "fact", "the bucket that dies on the review date"),
    column("dies_on", Date, "day", "the day it is erased: the review date, or the day of its release"),
)
Index("held_dies_on", held.c.dies_on)
Index("held_bucket", held.c.bucket)

erasing = Table(
    "erasing",
    metadata,
    column("bucket", String(60), "fact", "a bucket whose rows are gone and whose key is about to go", primary_key=True),
    column("rule", String(30), "fact", "which retention rule"),
    column("day", Date, "day", "the day of the erasure"),
    column("count", Integer, "count", "how many people's data died"),
)
