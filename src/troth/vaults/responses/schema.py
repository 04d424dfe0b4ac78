"""Tables of RESPONSES. Every column has a comment and a class."""

from __future__ import annotations

from sqlalchemy import Boolean, Date, Index, Integer, LargeBinary, MetaData, String, Table

from troth.vaults.shapes import column

metadata = MetaData()

intake = Table(
    "intake",
    metadata,
    column("id", String(32), "random id", "one offered list of handles", primary_key=True),
    column("state", String(12), "state", "offered | confirmed"),
    column("count", Integer, "count", "handles in it"),
)

handle = Table(
    "handle",
    metadata,
    column("handle", LargeBinary(16), "derived id", "derived from a code and the pepper", primary_key=True),
    column("intake", String(32), "fact", "the list it came with"),
    column("cell", String(40), "fact", "stratum; shared by at least k people"),
    column("tranche", Integer, "fact", "at least 500 codes, so that a lost batch can be closed without linking people"),
    column("reserve", Boolean, "fact", "whether it is for a lost letter"),
    column("state", String(12), "state", "issued | complete | flushed | withdrawn | closed"),
    column(
        "voucher", LargeBinary(32), "digest", "hash of the one blinded voucher ticket that was signed", nullable=True
    ),
    column("interview", LargeBinary(32), "digest", "hash of the one blinded interview ticket", nullable=True),
)
Index("handle_cell_state", handle.c.cell, handle.c.state)

session = Table(
    "session",
    metadata,
    column("handle", LargeBinary(16), "derived id", "whose", primary_key=True),
    column("hash", LargeBinary(32), "digest", "of the session id in the one cookie that may answer"),
    column("tries", Integer, "count", "wrong pause words since the last right one"),
)

step = Table(
    "step",
    metadata,
    column("handle", LargeBinary(16), "derived id", "whose", primary_key=True),
    column(
        "n",
        Integer,
        "fact",
        "the slot; the key (handle, n) is the compare-and-set",
        primary_key=True,
        autoincrement=False,
    ),
    column("box", LargeBinary, "sealed", "one page's answers to the analysis key, sealed again to the strip key"),
    column("strip", String(32), "fact", "which strip key"),
)

progress = Table(
    "progress",
    metadata,
    column("handle", LargeBinary(16), "derived id", "whose", primary_key=True),
    column("n", Integer, "fact", "the slot of the page that comes next"),
    column("exact", LargeBinary, "sealed", "exact page and kept facts, under state key and pause word"),
    column("common", LargeBinary, "sealed", "where the code alone may go on, under the state key alone"),
)

record = Table(
    "record",
    metadata,
    column("id", LargeBinary(16), "random id", "drawn at the flush; drawn again at sever", primary_key=True),
    column("cell", String(40), "fact", "stratum; flushed only in groups of at least k"),
    column(
        "boxes", LargeBinary, "sealed", "a fixed count of boxes of one size, dummies among them, to the analysis key"
    ),
)

strip = Table(
    "strip",
    metadata,
    column("id", String(32), "random id", "one short-lived strip key", primary_key=True),
    column("public", LargeBinary(32), "public key", "what steps are sealed to"),
    column("state", String(12), "state", "current | leaving (its steps are being re-wrapped)"),
)

shut_tranche = Table(
    "shut_tranche",
    metadata,
    column("tranche", Integer, "fact", "every code of it was closed", primary_key=True, autoincrement=False),
    column("day", Date, "day", "the day it was closed"),
    column("codes", Integer, "count", "codes in it"),
    column("closed", Integer, "count", "codes that still opened something, and do so no longer"),
    column("reason", String(200), "text", "the operator's words; never a person"),
)

outcome = Table(
    "outcome",
    metadata,
    column("cell", String(40), "fact", "stratum", primary_key=True),
    column("state", String(12), "state", "as handle.state, counted before sever", primary_key=True),
    column("count", Integer, "count", "how many"),
)

erasing = Table(
    "erasing",
    metadata,
    column("bucket", String(60), "fact", "the key that is about to go", primary_key=True),
    column("rule", String(30), "fact", "which retention rule"),
    column("day", Date, "day", "the day of the erasure"),
    column("count", Integer, "count", "how many"),
)

receipts = Table(
    "receipts",
    metadata,
    column("id", String(32), "random id", "one receipt batch; gone once its file is whole", primary_key=True),
    column("day", Date, "day", "the day of the flush"),
    column("sealed", LargeBinary, "sealed", "tags of at least k a cell, an age file for `letters`"),
)

receipts_cell = Table(
    "receipts_cell",
    metadata,
    column("id", String(32), "random id", "which receipt batch", primary_key=True),
    column("cell", String(40), "fact", "stratum", primary_key=True),
    column("count", Integer, "count", "tags of that cell, at least k"),
)
