"""The thirty-four promises: id, what people are told, and what the system must do so that it is true."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NewType

if TYPE_CHECKING:
    from collections.abc import Mapping

PromiseId = NewType("PromiseId", str)
"""`P01` to `P34`: the promise's name in the study pack, in tests and in commits."""


@dataclass(frozen=True)
class Promise:
    """One promise of the notice. `sentence` is said to people; `duty` is what the software owes for it."""

    id: PromiseId
    sentence: str
    duty: str


_PROMISES: Final = (
    (
        "The notice tells you what we do with your details, why, and what your rights are.",
        "Render the notice from the study's own policy, so that it cannot say what the configuration does not do.",
    ),
    (
        "The survey does not ask who you are.",
        "Refuse a questionnaire that asks for an identity; class every answer; treat free text as risky.",
    ),
    (
        "We invite you with a name and address that a named source gave us.",
        "Record the source, the lawful basis and the day at load; take in the declared columns and refuse all others.",
    ),
    (
        "Your contact details are kept completely apart from the answers.",
        "Separate vault, process, database role and key; no value that joins the two; prove it by attack.",
    ),
    (
        "We delete what we used to write to you within a few days of your last letter reaching you.",
        (
            "Start each person's clock at the latest expected delivery of their last letter; erase by destroying keys, "
            "backups included; leave a certificate; have copies outside attested."
        ),
    ),
    (
        "Your letters carry a code that is yours alone.",
        "Print code and QR in a neutral letter; the reminder carries the same code; replace a lost letter unread.",
    ),
    (
        "With the code you can start, pause and go on with the survey until it closes.",
        "Pause on any page; resume exactly with the pause word, else at the next common section.",
    ),
    (
        "Each answer is saved before you see the next page.",
        "Commit every step durably before the next page is shown; lose nothing that was acknowledged.",
    ),
    (
        "Nobody can go back to see or change answers, not you, not anybody who finds the letter, and not us.",
        "Forward only; seal answers to a key that no online machine holds; let no resumed page give one away.",
    ),
    (
        "Answers become anonymous statistics and nothing else.",
        "Let answers out only through the opening ceremony, into anonymised microdata, into controlled tables.",
    ),
    (
        "Nobody can be recognised in what we publish, or in the answers that we keep.",
        "Control the risk of the microdata and the disclosure of every output; audit before release.",
    ),
    (
        "The anonymised answers are deleted a fixed time after the findings are published.",
        "Start the clock at publication; erase with a certificate.",
    ),
    (
        "If you call or write to us, we delete your details once we have helped you, and never join them to answers.",
        "Closing an enquiry erases its personal details everywhere; keep only weekly counts by topic and channel.",
    ),
    (
        "If you tell us that somebody is at risk, we may have to keep and pass on details, by a published policy.",
        "Move the record into the safeguarding vault, hold its deletion, tell the officer on duty, record the reasons.",
    ),
    (
        "If you offer an interview, we ask for contact details after the survey and cannot join them to your answers.",
        "Issue an unlinkable ticket at completion; redeem it on another site.",
    ),
    (
        "We use those details only to arrange the interview and a thank-you, and delete them after it.",
        "Bind access to the purpose; erase by the interview's day or on withdrawal.",
    ),
    (
        "Before an interview you get more information and a permission form that asks a few things about you.",
        "Serve the form by personal link; keep characteristics apart from contacts; use them in one table only.",
    ),
    (
        "Interviews are recorded on video and written down; nothing in them is joined to survey answers.",
        "Import recordings and transcripts encrypted and under a pseudonym.",
    ),
    (
        "Interviews are analysed together, with approved tools; recordings and transcripts are deleted afterwards.",
        "Keep a person in charge; allow approved local tools only; delete at sign-off, the rest by a date fixed early.",
    ),
    (
        "We may quote words from interviews; a quote will not show whose they are.",
        "Release a quote only after redaction and a second person's recorded review.",
    ),
    (
        "We publish all anonymised findings.",
        "Publish accessibly; list with the reason what was analysed and not published.",
    ),
    (
        "If a concern for somebody's safety comes up in an interview, the same safeguarding policy applies.",
        "Raise it from the interview record into the same vault and hold.",
    ),
    (
        "If you would like a voucher, we ask for details after the survey and cannot join them to your answers.",
        "Issue an unlinkable ticket with a key and a vault of its own.",
    ),
    (
        "For an interview voucher we check your details with you at the end of the interview.",
        "Send nothing that was not confirmed in the interview record.",
    ),
    (
        "The voucher company gets what it needs to send the voucher, securely, for nothing else.",
        "Encrypt the order to the provider; make no other export; have the provider's deletion attested.",
    ),
    (
        "Voucher details are deleted a fixed time after the voucher was sent.",
        "Run a clock for each voucher, with a latest date for one never sent; erase with a certificate.",
    ),
    (
        "If you do not take part you can tell us why, without a name.",
        "Serve an open questionnaire with no code and no lasting cookie; publish anonymous outputs only.",
    ),
    (
        "If you write personal details there, we take them out, unless somebody's safety needs them.",
        "Seal raw text, screen it, let a trained person redact it, destroy it; take a concern to safeguarding.",
    ),
    (
        "The law lets us do this as a public task, for statistics; a named office is responsible.",
        "Name controller, lawful basis and processors for each purpose; generate the record of processing.",
    ),
    (
        "Only the research and administration team may see personal details.",
        "Give roles for each vault; record every access; need two people for what is dangerous.",
    ),
    (
        "You can reach the team by email and phone.",
        "Show the contact points on every page; run the enquiry desk behind them.",
    ),
    (
        "You can ask to see, correct, move, limit or delete your details, or object, as the law provides.",
        "Run each request against the clock with a search of every vault that can be searched, and answer honestly.",
    ),
    (
        "You can reach the data protection officer and the regulator, and complain.",
        "Show the contact points; take complaints; acknowledge within thirty days.",
    ),
    (
        "The office's own privacy notice has more contacts.",
        "Link it from the notice.",
    ),
)

REGISTRY: Final[Mapping[PromiseId, Promise]] = MappingProxyType(
    {
        PromiseId(f"P{number:02d}"): Promise(PromiseId(f"P{number:02d}"), sentence, duty)
        for number, (sentence, duty) in enumerate(_PROMISES, start=1)
    }
)
