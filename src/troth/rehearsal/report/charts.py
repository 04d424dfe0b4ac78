"""The report's charts as SVG text. Every chart stands beside a table of the same numbers, so none is the only way to read them."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import matplotlib as mpl

mpl.use("svg")
from matplotlib import pyplot as plt
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

if TYPE_CHECKING:
    from datetime import date

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from troth.rehearsal.report.numbers import Numbers

_STYLE: Final[dict[str, Any]] = {
    "svg.fonttype": "none", "svg.hashsalt": "troth", "font.family": "sans-serif", "font.size": 11, "axes.spines.top": False,
    "axes.spines.right": False, "axes.grid": True, "grid.color": "#e5e7ea", "axes.axisbelow": True, "figure.facecolor": "white",
}  # fmt: skip
_BLUE: Final = "#1d70b8"
_GREEN: Final = "#00703c"
_RED: Final = "#d4351c"
_PURPLE: Final = "#4c2c92"
_GREY: Final = "#505a5f"
_ORANGE: Final = "#b05a00"
_COLOURS: Final = (_BLUE, _GREEN, _ORANGE, _PURPLE, _RED, _GREY)


def response(of: Numbers) -> str:
    """Started and completed over the collection, with the letters' days."""
    figure, axes = _figure(4.2)
    days = [of.opens + timedelta(days=n) for n in range((of.closes - of.opens).days + 1)]
    for counts, colour, name in ((of.started_by_day, _BLUE, "started"), (of.completed_by_day, _GREEN, "completed")):
        total, curve = 0, []
        for day in days:
            total += counts.get(day, 0)
            curve.append(total)
        axes.plot(days, curve, color=colour, linewidth=2, label=name)  # type: ignore[arg-type]
        axes.annotate(
            f"{name} {total}", (days[-1], total), xytext=(6, 0), textcoords="offset points", color=colour, va="center"
        )
    top = axes.get_ylim()[1]
    for wave, day in of.waves:
        axes.axvline(day, color=_GREY, linestyle=":", linewidth=1)  # type: ignore[arg-type]
        axes.text(day, top, f" {wave.replace('_', ' ')}", color=_GREY, va="top", fontsize=9)  # type: ignore[arg-type]
    axes.set_ylabel("people")
    _dates(axes)
    return _svg(figure)


def held(of: Numbers) -> str:
    """What each vault held each night: rows about people, one small chart a vault, one calendar for all."""
    names = list(of.held[0][1])
    figure, rows = plt.subplots(
        len(names), 1, sharex=True, figsize=(9.2, 1.15 * len(names) + 0.7), layout="constrained"
    )
    days: list[Any] = [day for day, _ in of.held]
    for axes, name, colour in zip(rows, names, _COLOURS, strict=False):
        counts = [found[name] for _, found in of.held]
        axes.fill_between(days, counts, step="post", color=colour, alpha=0.25)
        axes.step(days, counts, where="post", color=colour, linewidth=1.5)
        axes.set_ylabel("rows")
        axes.set_title(f"{name} (at most {max(counts):,})", loc="left", fontsize=10, color=colour)
        axes.axvline(of.closes, color=_GREY, linestyle=":", linewidth=1)
        axes.set_ylim(bottom=0)
    _dates(rows[-1])
    return _svg(figure)


def deaths(of: Numbers) -> str:
    """When each thing died: a point a certificate, its size the number of people or records in it."""
    figure, axes = _figure(0.42 * max(3, len({(d.promise, d.vault) for d in of.deaths})) + 1.2)
    rows = sorted({(death.promise, death.vault) for death in of.deaths}, reverse=True)
    most = max((death.count for death in of.deaths), default=1) or 1
    for death in of.deaths:
        row = rows.index((death.promise, death.vault))
        size = 24 + 240 * death.count / most
        day: Any = death.day
        axes.scatter([day], [row], s=size, color=_PURPLE, alpha=0.55, linewidths=0)
    axes.set_yticks(range(len(rows)), [f"{promise}  {vault}" for promise, vault in rows])
    axes.set_ylim(-0.6, len(rows) - 0.4)
    for name, moment, side in (
        ("close ", of.closes, "right"),
        (" opening", of.opened_on, "left"),
        (" publication", of.published_on, "left"),
    ):
        if moment is not None:
            at: Any = moment
            axes.axvline(at, color=_GREY, linestyle=":", linewidth=1)
            axes.text(at, len(rows) - 0.45, name, fontsize=9, color=_GREY, va="top", ha=side)
    _dates(axes)
    return _svg(figure)


def attacks(of: Numbers) -> str:
    """How far each guessing attack came, beside what the design concedes and what luck allows."""
    told = [each for each in of.attacks if not each.deterministic and each.n]
    if not told:
        return ""
    figure, axes = _figure(0.5 * len(told) + 1.3)
    for row, each in enumerate(reversed(told)):
        rate, allowed = each.hits / each.n, min(1.0, each.limit / each.n)
        colour = {"held": _GREEN, "conceded": _ORANGE}.get(each.verdict, _RED)
        axes.plot(
            [each.baseline * 100, allowed * 100],
            [row, row],
            color="#b1b4b6",
            linewidth=9,
            solid_capstyle="butt",
            zorder=1,
        )
        axes.plot([rate * 100, each.upper95 * 100], [row, row], color=colour, linewidth=2, zorder=2)
        axes.scatter([rate * 100], [row], color=colour, s=44, zorder=3)
    axes.set_yticks(range(len(told)), [each.name for each in reversed(told)])
    axes.set_ylim(-0.6, len(told) - 0.4)
    axes.set_xlim(left=0)
    axes.set_xlabel(
        "people rightly linked, per cent (point: seen; line: to its upper 95% bound; grey: design to luck's limit)"
    )
    return _svg(figure)


def _figure(height: float) -> tuple[Figure, Axes]:
    figure, axes = plt.subplots(figsize=(9.2, height), layout="constrained")
    return figure, axes


def _dates(axes: Axes) -> None:
    locator = AutoDateLocator()  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]


def _svg(figure: Figure) -> str:
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None, "Creator": "troth"})
    plt.close(figure)
    text = out.getvalue()
    return text[text.index("<svg") :]


def styled() -> Any:
    """The charts' common style, for the time that they are drawn."""
    return mpl.rc_context(_STYLE)  # type: ignore[arg-type]


def day_in_report(day: date) -> str:
    """A day as tables show it."""
    return f"{day.day} {day:%B %Y}"
