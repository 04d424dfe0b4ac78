"""Test scripts: answers that together take every way through a questionnaire, as files that `walk` reads.

States are pages with what is kept of earlier answers; each is tried with the answers that rules can tell apart
(`troth.authoring.sayings`). The search is bounded, and what it did not reach is named, so that nobody takes it for covered.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from troth.authoring.graph import FINISH, ONWARD, Edge, edges
from troth.authoring.sayings import Sayings
from troth.authoring.told import form_of
from troth.questionnaire import Finish, advance, first, keep, read
from troth.questionnaire.codec import canonical
from troth.questionnaire.evaluate import holds
from troth.questionnaire.layout import layout
from troth.questionnaire.read import offered

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from troth.authoring.told import Told
    from troth.questionnaire import Facts, Position, Questionnaire
    from troth.questionnaire.position import Next

MOST_STATES: Final = 20_000
"""States that the search looks at, unless told otherwise."""


@dataclass(frozen=True, order=True)
class Offered:
    """An option with a rule of its own, offered or not."""

    page: str
    answer: str
    option: str
    shown: bool


@dataclass(frozen=True, order=True)
class Failed:
    """A check of a page that does not agree."""

    page: str
    check: int


@dataclass(frozen=True, order=True)
class Worded:
    """The words that a page has by rule: the number of its variant, or `ONWARD` for its own words."""

    page: str
    variant: int


Goal: TypeAlias = Edge | Offered | Failed | Worded


@dataclass(frozen=True)
class Script:
    """One set of answers. `reaches`: what it is the first to reach. `fails`: it ends at a check's message, not at the finish."""

    told: Mapping[str, Told]
    reaches: tuple[Goal, ...]
    fails: bool


@dataclass(frozen=True)
class Scripts:
    """All of them; what they reach together; what the rules allow and the search did not reach; whether it ran out of room."""

    scripts: tuple[Script, ...]
    reached: tuple[Goal, ...]
    not_reached: tuple[Goal, ...]
    bounded: bool


@dataclass(frozen=True)
class _Step:
    """One page answered."""

    page: str
    repeat: int
    told: Mapping[str, Told]


@dataclass(frozen=True)
class _State:
    """Where somebody is, with the facts, and the steps that led there (newest last, as a chain)."""

    here: Position
    facts: Facts
    before: tuple[_State, _Step] | None
    depth: int


def scripts(q: Questionnaire, most: int = MOST_STATES) -> Scripts:
    """Scripts for every way that was found in at most `most` states; the same questionnaire gives the same scripts."""
    search = _Search(q)
    found, bounded = search.explore(most)
    left = dict(sorted(found.items(), key=lambda item: (-item[1][0].depth, item[0].__class__.__name__, item[0])))
    made: list[Script] = []
    covered: set[Goal] = set()
    for goal, (state, said) in left.items():
        if goal in covered:
            continue
        script = search.script(state, said, covered, fails=isinstance(goal, Failed))
        covered |= set(script.reaches)
        made.append(script)
    wanted = goals(q)
    reached = tuple(goal for goal in wanted if goal in covered)
    return Scripts(tuple(made), reached, tuple(goal for goal in wanted if goal not in covered), bounded)


def goals(q: Questionnaire) -> tuple[Goal, ...]:
    """Everything that scripts try to reach, in the order of pages."""
    found: list[Goal] = list(edges(q))
    for page in q.pages:
        for answer in page.answers:
            for option in answer.options:
                if option.when:
                    found += [Offered(page.id, answer.id, option.id, shown=shown) for shown in (True, False)]
        if page.variants:
            found += [Worded(page.id, number) for number in range(ONWARD, len(page.variants))]
        found += [Failed(page.id, number) for number, _ in enumerate(page.checks)]
    return tuple(found)


class _Search:
    def __init__(self, q: Questionnaire) -> None:
        self._q = q
        self._flat = layout(q)
        self._sayings = Sayings(q)

    def explore(self, most: int) -> tuple[dict[Goal, tuple[_State, Mapping[str, Told]]], bool]:
        """For each goal that was reached, a state and what is said there."""
        waiting = deque([_State(first(self._q), {}, None, 0)])
        seen: set[bytes] = set()
        found: dict[Goal, tuple[_State, Mapping[str, Told]]] = {}
        while waiting:
            state = waiting.popleft()
            key = canonical([state.here.page, state.here.repeat, dict(state.facts)])
            if key in seen:
                continue
            if len(seen) >= most:
                return found, True
            seen.add(key)
            for said in self._sayings.on(self._flat.place(state.here.page).page):
                reached, onward, facts = self._say(state, said)
                new = [goal for goal in reached if goal not in found]
                found.update((goal, (state, said)) for goal in new)
                if onward is None or isinstance(onward, Finish):
                    continue
                following = _State(
                    onward, facts, (state, _Step(state.here.page, state.here.repeat, said)), state.depth + 1
                )
                (waiting.appendleft if new else waiting.append)(following)
        return found, False

    def _say(self, state: _State, said: Mapping[str, Told]) -> tuple[tuple[Goal, ...], Next | None, Facts]:
        """What is reached by saying it there, and where it leads; None where the page is shown again or takes no such form."""
        here, facts = state.here, state.facts
        page = self._flat.place(here.page).page
        told = {name: [value] * here.repeat if here.repeat else value for name, value in said.items()}
        got = read(page, form_of(page, here.repeat, told), facts)
        if got.errors:
            messages = {error.template for error in got.errors}
            return (
                tuple(Failed(page.id, n) for n, check in enumerate(page.checks) if check.message in messages),
                None,
                {},
            )
        onward = advance(self._q, here, got.values, facts)
        known = keep(self._q, here, got.values, facts)
        by = next((n for n, route in enumerate(page.routes) if route.when is None or holds(route.when, known)), ONWARD)
        to = onward.next
        again = not isinstance(to, Finish) and to.repeat > here.repeat > 0 and self._same_block(here, to)
        reached: list[Goal] = [Edge(page.id, by, FINISH if isinstance(to, Finish) else to.page, again)]
        if page.variants:
            first_true = (n for n, variant in enumerate(page.variants) if holds(variant.when, facts))
            reached.append(Worded(page.id, next(first_true, ONWARD)))
        for answer in page.answers:
            shown = {option.id for option in offered(answer, facts)}
            reached += [Offered(page.id, answer.id, o.id, shown=o.id in shown) for o in answer.options if o.when]
        return tuple(reached), to, onward.facts

    def _same_block(self, here: Position, to: Position) -> bool:
        return self._flat.place(here.page).block == self._flat.place(to.page).block

    def script(self, state: _State, said: Mapping[str, Told], covered: Iterable[Goal], *, fails: bool) -> Script:
        """From the start to that state, then that, then on to the finish by whatever reaches most that is new."""
        covered = set(covered)
        steps = list(_steps(state))
        gained: list[Goal] = []
        for before, step in steps:
            gained += self._say(before, step.told)[0]
        at: _State | None = state
        while at is not None:
            step = _Step(at.here.page, at.here.repeat, said)
            steps.append((at, step))
            reached, onward, facts = self._say(at, said)
            gained += reached
            if onward is None or isinstance(onward, Finish):
                break
            at = _State(onward, facts, None, at.depth + 1)
            said = self._best(at, covered | set(gained))
        new = tuple(goal for goal in dict.fromkeys(gained) if goal not in covered)
        return Script(_told(step for _, step in steps), new, fails)

    def _best(self, state: _State, covered: set[Goal]) -> Mapping[str, Told]:
        most, best = -1, None
        for said in self._sayings.on(self._flat.place(state.here.page).page):
            reached, onward, _ = self._say(state, said)
            new = len(set(reached) - covered)
            if onward is not None and new > most:
                most, best = new, said
        assert best is not None, "every page that was reached has an answer that it takes"
        return best


def _steps(state: _State) -> Iterator[tuple[_State, _Step]]:
    chain: list[tuple[_State, _Step]] = []
    while state.before is not None:
        chain.append(state.before)
        state = state.before[0]
    yield from reversed(chain)


def _told(steps: Iterable[_Step]) -> dict[str, Told]:
    told: dict[str, Told] = {}
    for step in steps:
        for name, value in step.told.items():
            if not step.repeat:
                told[name] = value
                continue
            rounds = told.setdefault(name, [])
            assert isinstance(rounds, list)
            rounds += [None] * (step.repeat - len(rounds))
            rounds[step.repeat - 1] = value
    return told


def coverage(found: Scripts) -> str:
    """One line: how much was reached, and in how many scripts."""
    parts = []
    for kind, words in (
        (Edge, "ways on"),
        (Offered, "options offered and not"),
        (Worded, "words by rule"),
        (Failed, "checks"),
    ):
        reached = sum(isinstance(goal, kind) for goal in found.reached)
        wanted = reached + sum(isinstance(goal, kind) for goal in found.not_reached)
        if wanted:
            parts.append(f"{reached} of {wanted} {words}")
    more = ", search ended at its bound" if found.bounded else ""
    return f"{len(found.scripts)} scripts reach {'; '.join(parts)}{more}"


def named(goal: Goal) -> str:
    """The goal in words."""
    match goal:
        case Edge(page=page, by=by, to=to, again=again):
            way = "onward" if by == ONWARD else f"by route {by + 1}"
            return f"{page} → {to or 'the finish'}{', next round' if again else ''} {way}"
        case Offered(page=page, answer=answer, option=option, shown=shown):
            return f"{page}: {answer} {'offers' if shown else 'does not offer'} {option}"
        case Worded(page=page, variant=variant):
            return f"{page}: {'its own words' if variant == ONWARD else f'words of variant {variant + 1}'}"
        case Failed(page=page, check=check):
            return f"{page}: check {check + 1} shows its message"
