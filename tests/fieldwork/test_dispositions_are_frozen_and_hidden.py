"""What became of everybody exists after their contact died, and what is shown tells no small count, nor lets one be worked out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.contact_fixture import walk
from tests.support.contacts import PEOPLE, Contacts
from tests.support.wishing import came_back

from troth.fieldwork.dispositions import OUTCOMES, REASONS, exact, hide, outcomes, write_exact
from troth.kit.errors import Refused
from troth.protocol.names import LetterRef

__all__ = ["walk"]


def test_outcomes_are_the_same_before_and_after_the_contacts_die(walk: Contacts) -> None:
    walk.load()
    refs = [LetterRef(ref) for ref in walk.refs()]
    walk.letters().stop(refs[0], "ineligible")
    walk.release("invitation")
    for ref, why in zip(refs[1:5], ("opted_out", "deceased", "objected", "deceased"), strict=True):
        walk.letters().stop(ref, why)  # type: ignore[arg-type]
    came_back(walk).run(refs[5:8])
    before = exact(walk.sample)
    totals = {name: sum(mine[name] for mine in before.values()) for name in OUTCOMES}
    assert totals == {
        "loaded": PEOPLE, "issued": PEOPLE - 1, "stopped": 8, "returned": 3, "deceased": 2, "ineligible": 1, "opted_out": 1,
        "moved": 0, "at_risk": 0, "objected": 1,
    }  # fmt: skip
    walk.clock.to_day(walk.dies()[refs[5]])
    walk.erase()
    assert walk.count("person") == PEOPLE - 8
    assert exact(walk.sample) == before
    walk.clock.to_day(walk.pack.retention.contact.latest)
    walk.erase()
    assert exact(walk.sample) == before
    table = walk.folder / "exact.csv"
    write_exact(walk.sample, table)
    lines = table.read_text().splitlines()
    assert sum(int(line.rsplit(",", 1)[1]) for line in lines if ",deceased," in line) == 2
    assert (lines[0], table.stat().st_mode & 0o777) == ("cell,outcome,count", 0o600)
    with pytest.raises(Refused, match="a file already"):
        write_exact(walk.sample, table)
    shown = outcomes(walk.sample, 10)
    assert shown.total["loaded"] == PEOPLE
    assert [shown.total[name] for name in ("deceased", "returned", "issued", "stopped")] == [None] * 4
    assert (shown.letters_returned, shown.after_erasure) == (None, None)


counts = st.fixed_dictionaries(dict.fromkeys(REASONS, st.integers(0, 30)))


@given(counts, st.integers(0, 40), st.integers(0, 40))
def test_no_hidden_count_follows_from_what_is_shown(reasons: dict[str, int], never: int, live: int) -> None:
    k, stopped = 10, sum(reasons.values())
    whole = {"loaded": stopped + live + never, "issued": stopped + live, "stopped": stopped, **reasons}
    shown = hide(whole, k)
    assert not [name for name, many in shown.items() if many is not None and 0 < many < k]
    if shown["stopped"] is not None:
        hidden = [reason for reason in REASONS if shown[reason] is None]
        assert len(hidden) != 1
        assert sum(whole[reason] for reason in hidden) == 0 or sum(whole[reason] for reason in hidden) >= k
    if shown["loaded"] is not None and shown["issued"] is not None:
        assert not 0 < shown["loaded"] - shown["issued"] < k
