"""The study's policy as data: who, when, how long, how many. The notice's numbers all come from here (P01)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, NewType

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from troth.promises import REGISTRY, PromiseId

WaveId = NewType("WaveId", str)
CellId = NewType("CellId", str)
Lang = NewType("Lang", str)
"""A language tag: `en`, `cy`."""

_ID = StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Url = Annotated[str, StringConstraints(pattern=r"^https://[a-z0-9.-]+(/[^\s\"'<>]*)?$", max_length=300)]
Email = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]+@[A-Za-z0-9.-]+\.[a-z]+$", max_length=100)]
Phone = Annotated[str, StringConstraints(pattern=r"^[0-9][0-9 ]{2,18}$")]


def _promise(value: object) -> object:
    if value not in REGISTRY:
        raise ValueError("there is no such promise | Use an id from P01 to P34")
    return value


Promised = Annotated[PromiseId, BeforeValidator(_promise)]


class Policy(BaseModel):
    """Any part of a study pack."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Controller(Policy):
    """Who is responsible, and by what right (P03, P29)."""

    name: Words
    short: Words
    lawful_basis: Words
    sample_source: Words
    processors: tuple[Words, ...]


class Contacts(Policy):
    """Where people can turn to (P31, P33, P34, P14)."""

    enquiry_phone: Phone
    enquiry_email: Email
    dpo_email: Email
    ico_url: Url
    corporate_notice_url: Url
    safeguarding_policy_url: Url


class Collection(Policy):
    """The first and the last day on which a code works, UK days, both included (P07)."""

    opens: date
    closes: date


class Wave(Policy):
    """One posting. Everybody gets the invitation; who gets a reminder is the study's `reminders`."""

    id: Annotated[WaveId, _ID]
    kind: Literal["invitation", "reminder"]
    dispatch_on: date
    postage: Literal["first", "second", "economy"]


class Cell(Policy):
    """A stratum: of weighting, and the smallest crowd in which a completion may show."""

    id: Annotated[CellId, _ID]
    label: Words


class Flush(Policy):
    """Only cells with at least `minimum` completed responses are flushed at a wave."""

    minimum: Annotated[int, Field(ge=5, le=1000)] = 10
    cells: Annotated[tuple[Cell, ...], Field(min_length=1)]


class Issue(Policy):
    """At most so many tickets of each kind are honoured."""

    vouchers: Annotated[int, Field(ge=0)]
    interviews: Annotated[int, Field(ge=0)]


class ContactRule(Policy):
    """Days after the latest expected delivery of a person's own last letter (P05); `latest` whatever happens."""

    days: Annotated[int, Field(ge=0, le=366)] = 5
    latest: date
    promise: Promised


class VoucherRule(Policy):
    """Months after the voucher was sent (P26); `latest` for one that was never sent."""

    months: Annotated[int, Field(ge=0, le=60)] = 6
    latest: date
    promise: Promised


class InterviewRule(Policy):
    """After the interview took place (P16); `latest` for one that never did."""

    latest: date
    promise: Promised


class MicrodataRule(Policy):
    """Years after the findings were published (P12)."""

    years: Annotated[int, Field(ge=0, le=20)] = 2
    promise: Promised


class MaterialRule(Policy):
    """Everything else from interviews, recordings and transcripts gone at sign-off: years from the close (P19)."""

    years: Annotated[int, Field(ge=0, le=20)] = 2
    promise: Promised


class Retention(Policy):
    """How long each thing is kept, and the promise that says so."""

    contact: ContactRule
    vouchers: VoucherRule
    interviews: InterviewRule
    microdata: MicrodataRule
    interview_material: MaterialRule


class Column(Policy):
    """One declared column of the sample file; any other column refuses the file (P03). Rules hold for what is filled in."""

    name: Annotated[str, _ID]
    """What the column is to the program: `name`, `address_1`, `town`, `postcode`, `country`, `region`, `language`,
    `supplier_ref`, `large_print`. A column of another name is checked and not kept."""
    header: Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)] = ""
    """How the file calls it; as `name` unless said."""
    required: bool = True
    kind: Literal["text", "date", "postcode"] = "text"
    max_length: Annotated[int, Field(ge=1, le=200)] = 100
    min_length: Annotated[int, Field(ge=0, le=200)] = 0
    pattern: Annotated[str, StringConstraints(max_length=200)] = ""
    """A regular expression that the whole value matches."""
    one_of: tuple[Annotated[str, StringConstraints(min_length=1, max_length=200)], ...] = ()

    @property
    def heads(self) -> str:
        """What stands over the column in the file."""
        return self.header or self.name


class SampleRules(Policy):
    """What is asked of sample files and of letters to the people in them (P03, P05)."""

    suppression: Literal["required", "none"] = "none"
    """`required`: no letters leave unless everybody was compared with a suppression file within two working days."""
    ignored: tuple[Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)], ...] = ()
    """Headers of columns that may stand in the file and are dropped unread; the ledger names them."""
    shared_addresses: Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)] = ""
    """The reason why several people may have one address; without one, a file that has such refuses."""


class Study(Policy):
    """What `study.yaml` says."""

    id: Annotated[str, _ID]
    title: Words
    short_title: Words
    demonstration: bool
    languages: Annotated[tuple[Lang, ...], Field(min_length=1)]
    controller: Controller
    contacts: Contacts
    voucher_provider: Words
    collection: Collection
    waves: Annotated[tuple[Wave, ...], Field(min_length=1)]
    latest_slack_days: Annotated[int, Field(ge=0, le=60)]
    """Days that the fixed latest dates allow beyond the computed delivery: strikes, floods, a late print run."""
    reminders: Literal["receipt_free", "targeted"]
    """`receipt_free`: everybody gets them. `targeted`: not who is known to have finished, which their household can see."""
    flush: Flush
    tranche: Annotated[int, Field(ge=500)]
    """Codes in one tranche at least: a lost batch can be closed without linking people."""
    reserve_codes: Annotated[int, Field(ge=0, le=10_000)]
    """Codes a cell that stand by for lost letters."""
    partials_at_close: Literal["keep", "erase"]
    code_cost_log2_n: Annotated[int, Field(ge=10, le=20)] = 14
    idle_minutes: Annotated[int, Field(ge=30, le=120, multiple_of=30)] = 30
    """Minutes that a page of the survey may be left before the session is over; ten times that for who asks."""
    issue: Issue
    retention: Retention
    sample_columns: Annotated[tuple[Column, ...], Field(min_length=1)]
    sample: SampleRules = SampleRules()
