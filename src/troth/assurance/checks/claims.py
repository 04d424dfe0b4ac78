"""P15, P16, P23, P25, P26: claims that cannot be linked, used for one thing, dead on their day."""

from __future__ import annotations

import ast
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from troth.assurance.check import check, say
from troth.assurance.checks.contacts import attested, day_of, keys_destroyed
from troth.retention.calendar import add_months
from troth.vaults.ledger.store import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from pathlib import Path

    from troth.assurance.check import Site
    from troth.promises import CheckResult


def _apart(site: Site, vault: str, purpose: str, name: str) -> CheckResult:
    """The claim role opens no response; the issuer's key is one of its own; no more tickets were spent than responses finished."""
    claim = set(site.role("claim").settings.vaults)
    keys = site.role("assurance").keys
    same = keys.issuer_public("voucher") == keys.issuer_public("interview")
    where = {path.parent.name for path in (site.home / "keys").rglob(f"issuer-{purpose}") if path.is_file()} - {
        "issuer"
    }
    spent = site.one(vault, vault, "SELECT count(*) FROM spent")
    finished = site.one("flush", "responses", "SELECT count(*) FROM handle WHERE state IN ('complete', 'flushed')")
    finished += site.one("flush", "responses", "SELECT sum(count) FROM outcome WHERE state IN ('complete', 'flushed')")
    passed = "responses" not in claim and not same and not where and spent <= finished
    evidence = f"{spent} tickets spent, {finished} responses finished; signing key elsewhere: {len(where)}; one key for both: {same}"
    return say(name, passed=passed, evidence=evidence)


@check("P15", "interview tickets are apart from responses")
def interviews_apart(site: Site) -> CheckResult:
    """As `_apart`, for interviews."""
    return _apart(site, "interviews", "interview", "interview tickets are apart from responses")


@check("P23", "voucher tickets are apart from responses")
def vouchers_apart(site: Site) -> CheckResult:
    """As `_apart`, for vouchers."""
    return _apart(site, "vouchers", "voucher", "voucher tickets are apart from responses")


def _on_time(site: Site, vault: str, name: str) -> CheckResult:
    late = site.one(
        vault, vault, "SELECT count(*) FROM claim WHERE dies_on <= :t OR latest <= :t", t=site.clock.today()
    )
    held = site.one(vault, vault, "SELECT count(*) FROM claim") + site.one(vault, vault, "SELECT count(*) FROM inbox")
    return say(name, passed=not late, evidence=f"{held} claims held, {late} past their day")


@check("P16", "no interview contact outlives its day")
def interviews_on_time(site: Site) -> CheckResult:
    """Nobody's details are there whose interview took place before today, or whose latest date has come."""
    return _on_time(site, "interviews", "no interview contact outlives its day")


@check("P16", "erased interview contacts' keys are destroyed")
def interview_keys(site: Site) -> CheckResult | None:
    """Every bucket that a certificate names is gone."""
    return keys_destroyed(site, "interviews", "interview", "P16", "erased interview contacts' keys are destroyed")


@check("P26", "no voucher contact outlives its day")
def vouchers_on_time(site: Site) -> CheckResult:
    """Nobody's details are there whose day has come."""
    return _on_time(site, "vouchers", "no voucher contact outlives its day")


@check("P26", "sent vouchers' clocks run")
def vouchers_clocked(site: Site) -> CheckResult | None:
    """Every claim of a sent order dies no later than the promised months after the day on which it was sent."""
    months = site.role("vouchers").pack.retention.vouchers.months
    return _clocks(site, "vouchers", "sent", "sent vouchers' clocks run", lambda day: add_months(day, months))


@check("P16", "held interviews' clocks run")
def interviews_clocked(site: Site) -> CheckResult | None:
    """Every claim of a round that was held dies on that day."""
    return _clocks(site, "interviews", "held", "held interviews' clocks run", lambda day: day)


def _clocks(site: Site, vault: str, state: str, name: str, last: Callable[[date], date]) -> CheckResult | None:
    done = site.ask(vault, vault, "SELECT id, day FROM batch WHERE state = 'done'")
    if not done:
        return None
    statement = "SELECT count(*) FROM claim WHERE batch = :batch AND (state <> :state OR dies_on > :last)"
    wrong = sum(
        site.one(vault, vault, statement, batch=batch, state=state, last=last(day_of(day))) for batch, day in done
    )
    return say(name, passed=not wrong, evidence=f"{len(done)} batches done, {wrong} claims whose clock does not run")


@check("P26", "erased voucher contacts' keys are destroyed")
def voucher_keys(site: Site) -> CheckResult | None:
    """Every bucket that a certificate names is gone."""
    return keys_destroyed(site, "vouchers", "voucher", "P26", "erased voucher contacts' keys are destroyed")


@check("P26", "the provider's own deletion is attested")
def provider_attested(site: Site) -> CheckResult | None:
    """The provider has said in time, of every order, that its copies are destroyed; or its day has not come."""
    return attested(site, "P26", "the provider's own deletion is attested")


@check("P25", "no order lies with the provider without an end")
def orders_end(site: Site) -> CheckResult | None:
    """Of every order that left, the provider has said that its vouchers went out: so its copy has a day; at the latest by the latest date.

    Whether it was gone on that day is P26's question. Here: nothing lies there that nobody would ever ask about.
    """
    entries = Ledger(site.vault("vouchers", "ledger")).entries("vouchers")
    left = {entry.key.split()[1] for entry in entries if entry.key.startswith(("order ", "reissue "))}
    if not left:
        return None
    open_ = len(left - {entry.key.removeprefix("sent ") for entry in entries if entry.body.get("erased by")})
    latest = site.role("vouchers").pack.retention.vouchers.latest
    evidence = (
        f"{len(left)} orders left the house, {open_} have no day on which they must be gone; the latest is {latest}"
    )
    return say(
        "no order lies with the provider without an end",
        passed=not open_ or site.clock.today() <= latest,
        evidence=evidence,
    )


@check("P25", "voucher details leave by one way only")
def one_export(_site: Site) -> CheckResult:
    """In the whole program one module opens voucher details, and it seals what it reads to the provider (read from its source)."""
    files = resources.files("troth").rglob("*.py")  # type: ignore[attr-defined]
    openers = {path.name for path in files if _opens(path, path.stat().st_mtime_ns)}
    allowed = {"vouchers.py", "interviews.py"}
    evidence = f"modules that open claim details: {', '.join(sorted(openers))}"
    return say("voucher details leave by one way only", passed=openers == allowed, evidence=evidence)


@cache
def _opens(path: Path, _changed: int) -> bool:
    """Whether that module opens claim details; read again only where its file changed."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} >= {"unlock", "decode_details"}


@check("P25", "every order is in the ledger")
def orders_told(site: Site) -> CheckResult | None:
    """Each order that left has its digest in the chain."""
    left = site.ask("vouchers", "vouchers", "SELECT id, digest FROM batch WHERE state IN ('sent', 'done')")
    if not left:
        return None
    entries = Ledger(site.vault("vouchers", "ledger")).entries("vouchers")
    told = {str(entry.body.get("digest")) for entry in entries}
    missing = sum(1 for _, digest in left if digest not in told)
    return say(
        "every order is in the ledger", passed=not missing, evidence=f"{len(left)} orders, {missing} not in the ledger"
    )
