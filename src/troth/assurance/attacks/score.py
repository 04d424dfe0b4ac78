"""How an attack did, against what the design concedes: hits, the most that luck allows, and what that says.

A deterministic attack may not hit once. Of the others, one run allows up to the 99% bound of luck over *all* ways of guessing that
the run tried (Bonferroni: one run raises a false alarm once in a hundred). Runs of several seeds are pooled, and then the upper
95% bound of the hit rate (Clopper and Pearson 1934) must be at most the baseline plus one percentage point, for every way of guessing
that has enough guesses for luck to stay within that (`sharp`); the others are held to the 99% bound of luck as in one run.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from math import ceil, sqrt
from typing import TYPE_CHECKING, Any, Final

from scipy.special import pdtr, pdtrc
from scipy.stats import binom, binomtest, poisson

from troth.assurance.attacks.attack import Link, Outcome
from troth.assurance.attacks.baseline import LABELS, Conceded, concede

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from troth.assurance.attacks.attack import Attack, Trial
    from troth.assurance.attacks.truth import Truth

FALSE_ALARM: Final = 0.01
MARGIN: Final = 0.01
_DEVIATIONS: Final = 4.0
_NINETY: Final = 0.90
"""A two-sided 90% interval has its upper end at one-sided 95%."""


@dataclass(frozen=True)
class Tally:
    """One way of guessing, counted: `n` guesses of which the truth is known, `hits` of them right, `expected` by luck."""

    trial: str
    link: str
    hits: int
    n: int
    expected: float

    @property
    def surprise(self) -> float:
        """How probable at least so many hits are by luck alone."""
        if not self.n:
            return 1.0
        if Link(self.link) in LABELS:
            return float(binom.sf(self.hits - 1, self.n, min(1.0, self.expected / self.n)))
        return float(pdtrc(self.hits - 1, self.expected)) if self.hits else 1.0


@dataclass(frozen=True)
class Scored:
    """One attack on one rehearsal or installation. Rates are shares of `n`, between 0 and 1."""

    name: str
    promises: tuple[str, ...]
    deterministic: bool
    verdict: str
    """`held`, `broken`, `conceded` (told, not judged), `failed` (fell over), or `not run`: the reason is in `note`."""
    hits: int
    n: int
    baseline: float
    upper95: float
    limit: int
    """The most hits that are called luck in this run."""
    anonymity: float
    """Effective size of the crowd that the design leaves a person in; 0 where that is not the question."""
    worst: float
    """The smallest crowd that anybody is in."""
    way: str
    """The most surprising of the ways of guessing, or where the first finding is."""
    ways: int
    note: str = ""
    tallies: tuple[Tally, ...] = field(default=(), repr=False)

    def as_json(self) -> dict[str, Any]:
        """As it stands in a report; the tallies of all ways apart."""
        return {name: value for name, value in asdict(self).items() if name != "tallies"}


def score(
    attack: Attack, outcome: Outcome, truth: Truth | None, conceded: Mapping[Link, Conceded], ways: int
) -> Scored:
    """How the attack did.

    Args:
        attack: what was tried.
        outcome: what it said.
        truth: who is who; None for an installation, where only deterministic attacks are judged.
        conceded: each link's baseline, computed before the attack ran.
        ways: how many ways of guessing all attacks of this run tried together.

    """
    blank = _nothing_yet(attack, outcome)
    if attack.deterministic:
        hits = len(outcome.findings)
        return replace(
            blank,
            verdict="broken" if hits else "held" if outcome.examined else "not run",
            hits=hits,
            n=outcome.examined,
            upper95=upper95(hits, outcome.examined),
            ways=1,
            way=f"{outcome.findings[0].where}: {outcome.findings[0].what}" if hits else "",
            note=outcome.note or ("" if outcome.examined else "there was nothing to look at"),
        )
    every = [] if truth is None else [tally(trial, truth, conceded) for trial in outcome.trials]
    tallies = [each for each in every if each.n and (attack.conceded or tells(each, ways))]
    if truth is not None and outcome.examined and not outcome.trials:  # it looked, and had nobody to take for anybody
        return replace(blank, verdict="held", n=outcome.examined, upper95=upper95(0, outcome.examined))
    if not tallies:
        nobody = "too few to tell luck from more" if any(each.n for each in every) else "there was nothing to guess"
        unknown = "nobody knows the truth here" if truth is None else nobody
        return replace(blank, note=outcome.note or unknown)
    top = min(tallies, key=lambda each: each.surprise)
    bad = surprising(top, ways)
    crowd = conceded[Link(top.link)]
    return replace(
        blank,
        verdict="conceded" if attack.conceded else "broken" if bad else "held",
        hits=top.hits,
        n=top.n,
        baseline=top.expected / top.n,
        upper95=upper95(top.hits, top.n),
        limit=limit(top, ways),
        anonymity=crowd.anonymity,
        worst=crowd.worst,
        way=top.trial,
        ways=len(tallies),
        tallies=tuple(tallies),
    )


def _nothing_yet(attack: Attack, outcome: Outcome) -> Scored:
    return Scored(
        name=attack.name, promises=tuple(attack.promises), deterministic=attack.deterministic, verdict="not run", hits=0, n=0,
        baseline=0.0, upper95=1.0, limit=0, anonymity=0.0, worst=0.0, way="", ways=len(outcome.trials), note=outcome.note,
    )  # fmt: skip


def fallen(attack: Attack, where: str) -> Scored:
    """An attack that fell over tells nothing, and is never called held. `where` names the fault, and no value."""
    return replace(_nothing_yet(attack, Outcome(0)), verdict="failed", note=f"the attack itself failed: {where}")


def tally(trial: Trial, truth: Truth, conceded: Mapping[Link, Conceded]) -> Tally:
    """The trial's guesses, counted against the truth. Guesses about people of whom there is no truth are left out."""
    right = truth.right(trial.link)
    known = [guess for guess in trial.guesses if guess.left in right]
    hits = sum(right[guess.left] == guess.right for guess in known)
    if trial.link in LABELS:
        # Each guess is right by luck as often as its word is true of everybody in that crowd: naming only the sure is not luck.
        crowds = truth.among(trial.link)
        shares = {name: {word: count / said.total() for word, count in said.items()} for name, said in crowds.items()}
        expected = sum(shares[truth.crowd(trial.link, guess.left)].get(guess.right, 0.0) for guess in known)
    else:
        expected = conceded[trial.link].expected(guess.left for guess in known)
    return Tally(trial.name, trial.link.value, hits, len(known), expected)


def tells(of: Tally, ways: int) -> bool:
    """Whether this way could be called more than luck at all: were every guess right, it would be."""
    rare = 1 - FALSE_ALARM / max(1, ways)
    if Link(of.link) in LABELS:
        return bool(binom.cdf(of.n - 1, of.n, min(1.0, of.expected / of.n)) >= rare)
    return bool(
        pdtr(of.n - 1, of.expected) >= rare
    )  # as `limit` below `n`, asked of Poisson's own function: a hundred times quicker


def limit(of: Tally, ways: int) -> int:
    """The most hits that luck is allowed in one run in which so many ways of guessing were tried."""
    rare = 1 - FALSE_ALARM / max(1, ways)
    if Link(of.link) in LABELS:
        return int(binom.ppf(rare, of.n, min(1.0, of.expected / of.n)))
    return int(poisson.ppf(rare, of.expected))


def baselines(truth: Truth | None) -> dict[Link, Conceded]:
    """Every link's baseline: to be computed before any attack runs."""
    return {} if truth is None else {link: concede(link, truth) for link in Link}


def pool(runs: Iterable[Sequence[Tally]]) -> list[Tally]:
    """The same ways of guessing over several seeds, added up."""
    found: dict[tuple[str, str], Tally] = {}
    for run in runs:
        for each in run:
            before = found.get((each.trial, each.link))
            if before is not None:
                each = Tally(  # noqa: PLW2901 - the sum takes its place
                    each.trial, each.link, before.hits + each.hits, before.n + each.n, before.expected + each.expected
                )
            found[(each.trial, each.link)] = each
    return list(found.values())


def sharp(pooled: Tally) -> bool:
    """Whether luck, four deviations above its mean, would stay within the margin: then the bound can be asked of this way."""
    rate = pooled.expected / pooled.n if pooled.n else 0.0
    spread = pooled.expected * (1 - rate) if Link(pooled.link) in LABELS else pooled.expected
    lucky = ceil(pooled.expected + _DEVIATIONS * sqrt(spread))
    return bool(pooled.n) and upper95(min(lucky, pooled.n), pooled.n) <= rate + MARGIN


def surprising(pooled: Tally, ways: int) -> bool:
    """Whether so many hits are beyond the 99% bound of luck, so many ways having been tried."""
    return pooled.surprise < FALSE_ALARM / max(1, ways)


def exceeds(pooled: Tally) -> float:
    """By how much the upper 95% bound of the hit rate lies above baseline plus one percentage point; 0 or less is well."""
    return upper95(pooled.hits, pooled.n) - (pooled.expected / pooled.n if pooled.n else 0.0) - MARGIN


def upper95(hits: int, n: int) -> float:
    """The one-sided upper 95% bound of a rate (exact, Clopper and Pearson); 1 where nothing was looked at."""
    if not n:
        return 1.0
    return float(binomtest(min(hits, n), n).proportion_ci(_NINETY, method="exact").high)
