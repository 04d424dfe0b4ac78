"""The report as one HTML file: no script, nothing fetched from anywhere; every chart has its table."""

from __future__ import annotations

from datetime import timedelta
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, StrictUndefined

from troth.rehearsal.report.charts import attacks, day_in_report, deaths, held, response, styled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from troth.rehearsal.report.numbers import Numbers

_DATABASES: Final = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
_MINUTE: Final = 60


def page(of: Numbers, title: str) -> str:
    """The whole page."""
    source = resources.files("troth.rehearsal.report").joinpath("page.html").read_text(encoding="utf-8")
    template = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True).from_string(source)
    with styled():
        charts = {"response": response(of), "held": held(of), "deaths": deaths(of), "attacks": attacks(of)}
    return template.render(
        of=of,
        title=title,
        database=_DATABASES[of.database],
        day=day_in_report,
        minutes=_minutes(of.seconds),
        charts=charts,
        figures=_figures(of),
        weeks=list(_weeks(of)),
        vaults=list(of.held[0][1]),
        changes=list(_changes(of)),
        promises=list(_promises(of)),
        broken_attacks=[each.name for each in of.attacks if each.verdict in {"broken", "failed"}],
    )


def _figures(of: Numbers) -> list[tuple[str, Any]]:
    return [
        ("Invited", of.invited), ("Letters", sum(of.letters.values())), ("Started", of.started), ("Completed", of.completed),
        ("Partial", of.partial), ("Deleted by them", of.withdrawn), ("Records", of.records),
        ("Voucher claims", of.claims["voucher"]), ("Interview claims", of.claims["interview"]),
        ("Certificates", sum(of.certificates.values())), ("Promises broken", len(of.promises["broken"])),
        ("Attacks held", sum(each.verdict == "held" for each in of.attacks)),
    ]  # fmt: skip


def _weeks(of: Numbers) -> Iterator[tuple[date, int, int]]:
    week = of.opens
    while week <= of.closes:
        days = [week + timedelta(days=n) for n in range(7)]
        started, completed = (
            sum(of_day.get(d, 0) for d in days) for of_day in (of.started_by_day, of.completed_by_day)
        )
        yield week, started, completed
        week += timedelta(days=7)


def _changes(of: Numbers) -> Iterator[tuple[date, dict[str, int]]]:
    before: dict[str, int] = {}
    for when, counts in of.held:
        if counts != before:
            yield when, counts
        before = counts


def _promises(of: Numbers) -> Iterator[tuple[str, str, date, list[str]]]:
    weaker = {True: " (weaker)", False: ""}
    for day, one in of.evidence:
        if one.checks:
            lines = [
                f"{'✓' if c.passed else '✗'} {c.name}: {c.evidence}{weaker[c.strength == 'weaker']}" for c in one.checks
            ]
            yield one.promise, one.state.value, day, lines


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} seconds" if seconds < 2 * _MINUTE else f"{seconds / _MINUTE:.1f} minutes"
