"""Tables of SAMPLE. Every column has a comment and a class."""

from __future__ import annotations

from sqlalchemy import Date, Index, Integer, LargeBinary, MetaData, String, Table

from troth.vaults.shapes import column

metadata = MetaData()

intake = Table(
    "intake",
    metadata,
    column("id", String(32), "random id", "one load of one sample file", primary_key=True),
    column("state", String(12), "state", "begun | loading | loaded | confirmed"),
    column("day", Date, "day", "the day of the load"),
    column("count", Integer, "count", "people in the file"),
    column("digest", String(64), "digest", "keyed digest of the file, so that the same file is not loaded twice"),
    column(
        "sealed",
        Integer,
        "count",
        "people and codes that stand by which are stored already: a load that was killed goes on behind them",
        server_default="0",
    ),
    column(
        "rows",
        String(64),
        "digest",
        "keyed digest of what was read, cells merged; the same until it is whole",
        nullable=True,
    ),
    column(
        "screened_on", Date, "day", "the day these people were last compared with a suppression file", nullable=True
    ),
)

staged = Table(
    "staged",
    metadata,
    column("intake", String(32), "fact", "the load that goes on", primary_key=True),
    column(
        "n",
        Integer,
        "count",
        "which part of the load; gone when it is confirmed",
        primary_key=True,
        autoincrement=False,
    ),
    column(
        "handles_sealed",
        LargeBinary,
        "sealed",
        "handles of that part under a key of this load alone, destroyed before the load is confirmed",
    ),
)

person = Table(
    "person",
    metadata,
    column("ref", String(10), "random id", "letter reference; printed on the letter", primary_key=True),
    column("intake", String(32), "fact", "the load they came with"),
    column("cell", String(40), "fact", "stratum; shared by at least k people"),
    column("state", String(12), "state", "live | stopped (no further letter is due)"),
    column("contact_wrapped", LargeBinary, "sealed", "data key of the contact part, under its bucket"),
    column(
        "contact_sealed",
        LargeBinary,
        "sealed",
        "contact part for the print room and the custodian, under that data key",
    ),
    column("code_wrapped", LargeBinary, "sealed", "data key of the code parts, under the same bucket"),
    column("bucket", String(60), "fact", "the bucket that dies with this contact"),
    column("latest", Date, "day", "fixed at load: the contact is gone by this day whatever happens (P05)"),
    column("dies_on", Date, "day", "the day the contact is erased; only ever moves earlier (P05)"),
    column("lookup", LargeBinary, "derived id", "blind index of name and postcode, under the custodian's key"),
    column(
        "supplier",
        LargeBinary,
        "derived id",
        "keyed index of the supplier's own reference, for suppression; dies with the row (P03, P05)",
        nullable=True,
    ),
    column(
        "reason",
        String(12),
        "state",
        "why no further letter is due: opted_out | deceased | moved | at_risk | ineligible | returned | objected",
        nullable=True,
    ),
    column(
        "tag",
        LargeBinary(16),
        "derived id",
        "from the code, by a label of its own: no handle follows from it; only where reminders are targeted",
        nullable=True,
    ),
)
Index("person_lookup", person.c.lookup)
Index("person_tag", person.c.tag, sqlite_where=person.c.tag.is_not(None), postgresql_where=person.c.tag.is_not(None))
Index("person_supplier", person.c.supplier)
Index("person_dies_on", person.c.dies_on)
Index("person_bucket", person.c.bucket)

letter = Table(
    "letter",
    metadata,
    column("ref", String(10), "random id", "whose letter", primary_key=True),
    column("wave", String(30), "fact", "invitation, or which reminder", primary_key=True),
    column(
        "code_sealed",
        LargeBinary,
        "sealed",
        "code part of this wave for the print room, under the person's code data key",
    ),
    column("state", String(12), "state", "waiting | released"),
    column("batch", String(32), "random id", "the batch it was released in", nullable=True),
    column("delivered_by", Date, "day", "latest computed delivery (P05)", nullable=True),
    column("returned", Date, "day", "the day it was scanned among the letters that came back", nullable=True),
)
Index("letter_wave_state", letter.c.wave, letter.c.state)

batch = Table(
    "batch",
    metadata,
    column("id", String(32), "random id", "one release of letters", primary_key=True),
    column("wave", String(30), "fact", "of which wave"),
    column("state", String(12), "state", "prepared | released"),
    column("day", Date, "day", "the day of release"),
    column("dispatched_on", Date, "day", "the day that the letters are printed and posted, as computed"),
    column("delivered_by", Date, "day", "latest computed delivery of the batch"),
    column("count", Integer, "count", "letters in it"),
    column("digest", String(64), "digest", "SHA-256 of the released file", nullable=True),
    column("kind", String(12), "state", "wave | replacement | reserve"),
    column("part", Integer, "count", "which part of its wave's release, from 1"),
    column("parts", Integer, "count", "in so many parts the wave was released"),
    column(
        "intake",
        String(32),
        "fact",
        "the one load that everybody in it came with, where it was asked for",
        nullable=True,
    ),
)

reserve = Table(
    "reserve",
    metadata,
    column("ref", String(10), "random id", "names the code in its seal; printed nowhere", primary_key=True),
    column("cell", String(40), "fact", "stratum of the people it may be given to"),
    column(
        "code_sealed",
        LargeBinary,
        "sealed",
        "a code for a lost letter, for the print room; belongs to nobody until it is given out",
    ),
    column("batch", String(32), "random id", "the batch it was given out in; none while it stands by", nullable=True),
    column(
        "intake",
        String(32),
        "fact",
        "the load it came with, so that one which is given up takes it along",
        nullable=True,
    ),
)
Index("reserve_cell", reserve.c.cell)

reissue = Table(
    "reissue",
    metadata,
    column("ref", String(10), "random id", "whose lost letter", primary_key=True),
    column("n", Integer, "count", "their first, second, … replacement", primary_key=True, autoincrement=False),
    column("state", String(12), "state", "waiting | released"),
    column("wave", String(30), "fact", "the letter that is sent again, once it is in a batch", nullable=True),
    column("batch", String(32), "random id", "the batch it was released in", nullable=True),
    column("delivered_by", Date, "day", "latest computed delivery (P05)", nullable=True),
)

wish = Table(
    "wish",
    metadata,
    column("week", Date, "day", "the Monday of the week", primary_key=True),
    column(
        "kind",
        String(12),
        "state",
        "find | correction | access | replacement | reserve | why stopped",
        primary_key=True,
    ),
    column("count", Integer, "count", "how many in that week; never whose"),
)

returned = Table(
    "returned",
    metadata,
    column(
        "cell",
        String(40),
        "fact",
        "stratum; `-` where the contact was erased before the letter came back",
        primary_key=True,
    ),
    column("wave", String(30), "fact", "which letter; `-` where that is not known", primary_key=True),
    column("count", Integer, "count", "letters that came back"),
)

scan = Table(
    "scan",
    metadata,
    column(
        "digest", String(64), "digest", "of the references scanned, so that a list is counted once", primary_key=True
    ),
    column("day", Date, "day", "the day it was counted"),
    column("known", Integer, "count", "letters of people who were here"),
    column("gone", Integer, "count", "letters of people who were not here any more, or never"),
)

disposition = Table(
    "disposition",
    metadata,
    column("cell", String(40), "fact", "stratum", primary_key=True),
    column("outcome", String(20), "state", "issued, stopped, erased", primary_key=True),
    column("count", Integer, "count", "how many"),
)

erasing = Table(
    "erasing",
    metadata,
    column("bucket", String(60), "fact", "a bucket whose rows are gone and whose key is about to go", primary_key=True),
    column("rule", String(30), "fact", "which retention rule"),
    column("day", Date, "day", "the day of the erasure"),
    column("count", Integer, "count", "how many people's data died"),
)

suppression = Table(
    "suppression",
    metadata,
    column("id", String(32), "random id", "one run of a suppression file", primary_key=True),
    column("state", String(12), "state", "noted | told (the ledger knows)"),
    column("day", Date, "day", "the day of the run"),
    column("digest", String(64), "digest", "keyed digest of the file, so that a run that was killed is known again"),
    column("deceased", Integer, "count", "people that this run stopped, by reason"),
    column("moved", Integer, "count", "as above"),
    column("opted_out", Integer, "count", "as above"),
    column("at_risk", Integer, "count", "as above"),
    column("already", Integer, "count", "references whose people had been stopped before"),
    column("unknown", Integer, "count", "references that belong to nobody here"),
    column("dropped", Integer, "count", "letters taken out of a batch that had not left"),
)

receipt = Table(
    "receipt",
    metadata,
    column("ref", String(10), "random id", "who gets no reminder; goes with the person", primary_key=True),
)

receipts = Table(
    "receipts",
    metadata,
    column("digest", String(64), "digest", "SHA-256 of a receipt batch's file", primary_key=True),
    column("day", Date, "day", "the day it was taken in"),
    column("known", Integer, "count", "tags of people who were here"),
    column("unknown", Integer, "count", "tags of nobody here: codes that stood by, contacts erased before"),
)
