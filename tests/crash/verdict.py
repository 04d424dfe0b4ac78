"""The verdict: what respondents were told against what lies in the vaults. Each function gives sentences of what is wrong; none is good.

No sentence holds an answer, a name or a code: it says whose account (a number), which page (its fields), which bucket.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from tests.crash.evidence import (
    PURPOSES,
    ClaimSeen,
    Response,
    Seen,
    bucket_keys,
    claims,
    codes_of,
    files,
    responses,
    rows,
    slots,
)

from troth.keys.ring import read_bucket_id
from troth.kit.errors import TrothError
from troth.protocol.claim import read_ticket, verify_ticket
from troth.protocol.root import Cost, derive
from troth.vaults.ledger.store import Ledger
from troth.wiring.open import opened

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.crash.accounts import Account


def load_verdict(home: Path, people: int, wave: str) -> list[str]:
    """Everybody of the file is loaded once, has one letter with a code that opens, and the ledger says so once."""
    wrong = []
    persons, handles = rows(home, "sample", "person"), rows(home, "responses", "handle")
    reserves = rows(home, "sample", "reserve")
    wrong += _same("people in SAMPLE", len(persons), people)
    wrong += _same("handles in RESPONSES", len(handles), people + len(reserves))
    for vault in ("sample", "responses"):
        states = [row["state"] for row in rows(home, vault, "intake")]
        wrong += _same(f"intakes in {vault}", states, ["confirmed"])
    codes = codes_of(home, wave)
    wrong += _same("letters", len(codes), people)
    wrong += _same("different codes on letters", len(set(codes)), people)
    with opened(home, "load") as work:
        cost, pepper = Cost(work.pack.code_cost_log2_n), work.keys.pepper()
        derived = {bytes(derive(code, pepper, work.pack.id, cost).handle) for code in codes}
    wrong += _same("codes that open nothing", len(derived - {bytes(row["handle"]) for row in handles}), 0)
    released = [row for row in rows(home, "sample", "letter") if row["wave"] == wave and row["state"] == "released"]
    wrong += _same("letters noted as released", len(released), people)
    told = _entries(home)
    wrong += _same("loads in the ledger", [e.body["people"] for e in told if e.kind == "load"], [people])
    counts = [e.body["count"] for e in told if e.kind == "release" and e.body["wave"] == wave]
    return wrong + _same("releases in the ledger", counts, [people]) + _chain(home)


def answers_verdict(home: Path, accounts: Sequence[Account]) -> list[str]:
    """Each account is explained by exactly one response, and each response by exactly one account."""
    try:
        found = responses(home)
    except TrothError as error:
        return [f"the responses do not open: {error.what}"]
    wrong = ["a page stands in a response twice" for each in found if each.twice]
    full = slots(home)
    wrong += [f"a complete response has {r.boxes} boxes of {full}" for r in found if r.complete and r.boxes != full]
    fits = {
        number: [n for n, response in enumerate(found) if _explains(account, response)]
        for number, account in enumerate(accounts)
        if account.attempts
    }
    matched = _matching(fits)
    free = [response for n, response in enumerate(found) if n not in matched.values()]
    for number in fits.keys() - matched.keys():
        account = accounts[number]
        if account.acknowledged or account.tickets:
            near = min((account.unexplained(each.values) for each in free), key=len, default=["no response is left"])
            wrong.append(f"respondent {account.number}, {account.acknowledged} pages acknowledged: {near[0]}")
    wrong += [f"a response of {len(each.pages)} pages is nobody's" for each in free]
    return wrong + _tickets(home, accounts) + _told_records(home)


def _explains(account: Account, response: Response) -> bool:
    if account.tickets and not response.complete:
        return False
    return not account.unexplained(response.values)


def _matching(fits: dict[int, list[int]]) -> dict[int, int]:
    """Account -> response, as many as can be, no response twice (augmenting paths)."""
    owner: dict[int, int] = {}

    def place(account: int, tried: set[int]) -> bool:
        for response in fits[account]:
            if response not in tried:
                tried.add(response)
                if response not in owner or place(owner[response], tried):
                    owner[response] = account
                    return True
        return False

    for account in fits:
        place(account, set())
    return {account: response for response, account in owner.items()}


def _tickets(home: Path, accounts: Sequence[Account]) -> list[str]:
    wrong = []
    with opened(home, "claim") as work:
        publics: Any = {purpose: work.keys.issuer_public(purpose) for purpose in PURPOSES}
        study = work.pack.id
    for account in accounts:
        tickets = [read_ticket(text) for text in account.tickets]
        if tickets and {ticket.purpose for ticket in tickets} != set(PURPOSES):
            wrong.append(f"respondent {account.number} has not both tickets")
        if not all(verify_ticket(ticket, study, publics[ticket.purpose]) for ticket in tickets):
            wrong.append(f"respondent {account.number} has a ticket that is none")
    return wrong


def _told_records(home: Path) -> list[str]:
    """What the ledger says was flushed is what records there are."""
    told = sum(int(entry.body["records"]) for entry in _entries(home) if entry.kind == "flush")
    return _same("records by the ledger", told, len(rows(home, "responses", "record")))


def claims_verdict(home: Path, accounts: Sequence[Account]) -> list[str]:
    """Each settled claim is in exactly once, no other is, as many tickets are spent, and batches name each of theirs once."""
    wrong = []
    for purpose, vault in PURPOSES.items():
        try:
            found = claims(home, purpose)
        except TrothError as error:
            wrong.append(f"the {purpose} claims do not open: {error.what}")
            continue
        emails = Counter(claim.email for claim in found)
        wrong += _same(f"spent {purpose} tickets", len(rows(home, vault, "spent")), len(found))
        known: set[str] = set()
        for account in accounts:
            if purpose in account.claims:
                known |= set(account.claims[purpose].sent)
                wrong += _one_claim(account, purpose, emails)
        wrong += [f"a {purpose} claim is nobody's" for email in emails if email not in known]
        wrong += _batches(home, purpose, found)
    return wrong


def _one_claim(account: Account, purpose: str, emails: Counter[str]) -> list[str]:
    mine = account.claims[purpose]
    there = [email for email in mine.sent for _ in range(emails[email])]
    who = f"respondent {account.number}, {purpose}"
    if mine.settled and len(there) != 1:
        return [f"{who}: acknowledged, and {len(there)} claims are in"]
    if len(there) > 1:
        return [f"{who}: {len(there)} claims are in"]
    if mine.acknowledged and there != [mine.acknowledged]:
        return [f"{who}: thanked for one claim, and another is in"]
    return []


def _batches(home: Path, purpose: str, found: Sequence[ClaimSeen]) -> list[str]:
    """Every file names exactly the claims of its batch, and no claim stands in two."""
    wrong, written = [], files(home, purpose)
    expected: dict[str, list[str]] = {}
    for claim in found:
        if claim.batch is not None:
            expected.setdefault(claim.batch, []).append(claim.email)
    counts = {row["id"]: row["count"] for row in rows(home, PURPOSES[purpose], "batch")}
    wrong += _same(f"{purpose} batches with a file", sorted(written), sorted(expected))
    wrong += _same(f"{purpose} batches in the vault", sorted(counts), sorted(expected))
    for batch, emails in written.items():
        if sorted(emails) != sorted(expected.get(batch, [])) or counts.get(batch) != len(emails):
            wrong.append(f"a {purpose} batch and its file name different claims")
    twice = [n for n in Counter(e for emails in written.values() for e in emails).values() if n > 1]
    return wrong + [f"a {purpose} claim stands in batches {n} times" for n in twice]


def end_verdict(home: Path, people: int, accounts: Sequence[Account], seen: Seen) -> list[str]:
    """After the last day: nobody's row, no key of a dead bucket, one certificate a bucket, and they count everybody."""
    wrong = []
    for vault, tables in {
        "sample": ("person", "letter", "reissue", "reserve", "erasing"),
        "vouchers": ("inbox", "claim", "erasing"),
        "interviews": ("inbox", "claim", "erasing"),
        "responses": ("handle", "step", "progress", "session", "strip", "erasing"),
    }.items():
        wrong += [
            line for table in tables for line in _same(f"rows in {vault}.{table}", len(rows(home, vault, table)), 0)
        ]
    told = [entry for entry in _entries(home) if entry.kind == "erasure"]
    certified = Counter(str(entry.body["bucket"]) for entry in told)
    wrong += [f"{bucket} has {n} certificates" for bucket, n in certified.items() if n != 1]
    wrong += [f"{bucket.id} has no certificate" for bucket in sorted(seen.buckets) if bucket.id not in certified]
    for bucket, paths in bucket_keys(home).items():
        wrong += [f"a key of {bucket} is left: {path}" for path in paths]
    for bucket in certified:
        parts = read_bucket_id(bucket)
        older = (f"{parts.purpose}@{parts.day}.g{n}" for n in range(1, parts.generation))
        wrong += [f"{each} has no certificate, {bucket} has" for each in older if each not in certified]
    claimed = Counter(purpose for a in accounts for purpose, claim in a.claims.items() if claim.settled)
    for promise, count in {"P05": people, "P26": claimed["voucher"], "P16": claimed["interview"]}.items():
        erased = sum(int(entry.body["count"]) for entry in told if entry.body["promise"] == promise)
        wrong += _same(f"people that certificates of {promise} count", erased, count)
    left = [path.name for path in (home / "outbox").rglob("*") if path.is_file()]
    wrong += [f"a file of somebody erased is left in the outbox: {_kind(name)}" for name in left]
    for path in [*(home / "keys").glob("*/pepper"), *(home / "keys").glob("*/strip-*")]:
        wrong.append(f"a key of what is severed is left: {path.parent.name}/{path.name.split('-')[0]}")
    closes = [sum(int(v) for v in e.body.values() if isinstance(v, int)) for e in _entries(home) if e.kind == "close"]
    wrong += _same("records by the close", closes, [len(rows(home, "responses", "record"))])
    return wrong + _chain(home)


def _kind(name: str) -> str:
    """What kind of file it is: the name without its random parts."""
    return "a draft" if name.startswith(".") or name.endswith(".part") else name.rsplit("-", 1)[0]


def _entries(home: Path) -> list[Any]:
    with opened(home, "assurance") as work:
        return list(Ledger(work.vault("ledger")).entries())


def _chain(home: Path) -> list[str]:
    with opened(home, "assurance") as work:
        try:
            Ledger(work.vault("ledger")).check(work.keys.ledger_public())
        except TrothError as error:
            return [f"the ledger does not verify: {error}"]
    return []


def _same(what: str, found: object, expected: object) -> list[str]:
    return [] if found == expected else [f"{what}: {found}, not {expected}"]
