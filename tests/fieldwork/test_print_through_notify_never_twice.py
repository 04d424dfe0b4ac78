"""GOV.UK Notify gets every letter of a batch once, whatever fails between two steps; its `received` is never a delivery (P05, P06)."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pypdfium2
import pytest
from tests.support.batches import Bench
from tests.support.contacts import Killed, killer
from tests.support.notify import KEY, StandIn

from troth.fieldwork.printroom.notify import ATTEMPTS, PRINTED, SURE, Notify
from troth.fieldwork.printroom.sheaves import Sheaves
from troth.kit.errors import Busy, Invalid, Refused
from troth.protocol.code import show_code, show_letter_reference

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MM = 72 / 25.4


@pytest.fixture
def server() -> Iterator[StandIn]:
    made = StandIn()
    yield made
    made.close()


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def sending(bench: Bench, server: StandIn, waits: list[float] | None = None, **more: Any) -> Notify:
    wait = waits.append if waits is not None else lambda _: None
    return Notify(bench.room, bench.journal, bench.clock, KEY, server.url, wait=wait, timeout=5, **more)


def each_once(server: StandIn, many: int) -> bool:
    return sorted(Counter(each["reference"] for each in server.letters).values()) == [1] * many


def test_every_letter_goes_once_with_its_own_code_where_notify_reads_the_address(bench: Bench, server: StandIn) -> None:
    parts = [bench.part(), bench.part(lines=("Zoë", "Flat 1", "2 Road", "Place", "Village", "Town", "AB1 2CD"))]
    file, said = bench.batch(parts)
    posted = sending(bench, server).run(file)
    assert (posted.sent, posted.quarantined, each_once(server, 2)) == (2, [], True)
    for part, pdf in zip(parts, server.pdfs, strict=True):
        page = pypdfium2.PdfDocument(pdf)[0]
        assert show_code(bench.codes[part.ref]) in page.get_textpage().get_text_range()
        top = page.get_height()
        block = page.get_textpage().get_text_bounded(24.6 * MM, top - 66.2 * MM, 120 * MM, top - 40 * MM)
        assert len(block.split("\n")) == (4 if part is parts[0] else 7)
        beside = page.get_textpage().get_text_bounded(15 * MM, top - 95 * MM, 124 * MM, top - 66.3 * MM)
        assert not beside.strip(), "Notify wants this blank"
    assert all(each["reference"].startswith(said.batch) and each["postage"] == "first" for each in server.letters)
    with pytest.raises(Refused, match="sent or printed already"):
        sending(bench, server).run(file)


@pytest.mark.parametrize("at", range(1, 7))
def test_a_kill_between_any_two_steps_sends_nothing_twice_and_leaves_nothing_out(
    bench: Bench, server: StandIn, at: int
) -> None:
    file, _ = bench.batch([bench.part(), bench.part()])
    with pytest.raises(Killed):
        sending(bench, server, between=killer(at)).run(file)
    if at < 6:
        sending(bench, server).run(file)
    assert each_once(server, 2)


def test_a_lost_reply_is_asked_about_and_the_letter_is_not_sent_again(bench: Bench, server: StandIn) -> None:
    server.failures = ["lost"]
    posted = sending(bench, server).run(bench.batch([bench.part()])[0])
    assert (posted.sent, each_once(server, 1)) == (1, True)
    assert server.requests == ["POST /v2/notifications/letter", "GET /v2/notifications"]


def test_what_was_not_taken_in_is_sent_again_after_a_wait_that_grows(bench: Bench, server: StandIn) -> None:
    server.failures = [429, 429, 500, None, "cut", None]
    waits: list[float] = []
    posted = sending(bench, server, waits).run(bench.batch([bench.part()])[0])
    assert (posted.sent, each_once(server, 1)) == (1, True)
    assert waits == sorted(waits)
    assert server.requests.count("POST /v2/notifications/letter") == 5


def test_a_silent_notify_is_given_up_and_the_next_run_goes_on_by_asking(bench: Bench, server: StandIn) -> None:
    file, _ = bench.batch([bench.part(), bench.part()])
    server.failures = [None, "lost", *[503] * ATTEMPTS]
    with pytest.raises(Busy, match="does not answer"):
        sending(bench, server).run(file)
    server.failures = []
    posted = sending(bench, server).run(file)
    assert (posted.before, posted.found, posted.sent, each_once(server, 2)) == (1, 1, 0, True)


def test_a_letter_that_notify_refuses_is_listed_by_reference_and_a_wrong_key_stops_everything(
    bench: Bench, server: StandIn
) -> None:
    parts = [bench.part(), bench.part()]
    file, _ = bench.batch(parts)
    server.failures = [400]
    posted = sending(bench, server).run(file)
    assert [each.reference for each in posted.quarantined] == [show_letter_reference(parts[0].ref)]
    assert (posted.sent, len(server.letters)) == (1, 1)
    other, _ = bench.batch([bench.part()])
    wrong = Notify(bench.room, bench.journal, bench.clock, KEY[:-1] + "0", server.url, wait=lambda _: None)
    with pytest.raises(Refused, match="does not accept the key"):
        wrong.run(other)
    with pytest.raises(Invalid, match="malformed"):
        Notify(bench.room, bench.journal, bench.clock, "short", server.url).run(other)
    with pytest.raises(Refused, match="https"):
        Notify(bench.room, bench.journal, bench.clock, KEY, "http://notify.example").run(other)


def test_a_letter_that_is_too_long_for_notify_is_not_sent_and_is_told(bench: Bench, server: StandIn) -> None:
    words = bench.pack.letters.invitation
    long = words.model_copy(
        update={"paragraphs": (*words.paragraphs, *("A long paragraph. " * 100 for _ in range(24)))}
    )
    bench.pack = bench.pack.model_copy(update={"letters": bench.pack.letters.model_copy(update={"invitation": long})})
    posted = sending(bench, server).run(bench.batch([bench.part()])[0])
    assert [each.why for each in posted.quarantined] == ["the letter has more than 10 pages"]
    assert server.letters == []


def test_a_batch_that_was_printed_is_not_sent_too_and_one_that_was_sent_is_not_printed(
    bench: Bench, server: StandIn
) -> None:
    printed, _ = bench.batch([bench.part()])
    Sheaves(bench.room, bench.journal, bench.clock).run(printed, bench.folder / "a.csv", form="file", per_file=9)
    with pytest.raises(Refused, match="printed already"):
        sending(bench, server).run(printed)
    sent, _ = bench.batch([bench.part()])
    sending(bench, server).run(sent)
    with pytest.raises(Refused, match="printed already"):
        Sheaves(bench.room, bench.journal, bench.clock).run(sent, bench.folder / "b.csv", form="file", per_file=9)
    assert len(server.letters) == 1


def test_the_status_counts_notifys_own_words_and_received_is_no_delivery(bench: Bench, server: StandIn) -> None:
    file, said = bench.batch([bench.part() for _ in range(5)])
    sending(bench, server).run(file)
    for letter, status in zip(server.letters, ("received", "received", "cancelled", "permanent-failure"), strict=False):
        letter["status"] = status
    del server.letters[-1]
    found = sending(bench, server).status(said.batch[:8])
    assert (found.batch, found.failed) == (said.batch[:8], [])
    assert found.counts == {"cancelled": 1, "permanent-failure": 1, "received": 2, "unknown": 1}
    assert "delivered" not in str(bench.journal.lines())
    assert PRINTED == "received"
    with pytest.raises(Refused, match="nothing of this batch"):
        sending(bench, server).status("ffffffff")


def test_neither_the_journal_nor_a_request_line_holds_a_code_or_a_name(bench: Bench, server: StandIn) -> None:
    part = bench.part()
    sending(bench, server).run(bench.batch([part])[0])
    text = (bench.folder / "printroom" / "journal.jsonl").read_text() + str(server.letters)
    for secret in (bench.codes[part.ref], show_code(bench.codes[part.ref]), part.ref, "Nerys", "LL57"):
        assert secret not in text


def test_a_batch_whose_first_letter_was_refused_goes_on_after_a_kill(bench: Bench, server: StandIn) -> None:
    file, _ = bench.batch([bench.part(), bench.part()])
    server.failures = [400]
    kill, go_on = killer(1), sending(bench, server)
    with pytest.raises(Killed):
        replace(go_on, room=replace(bench.room, progress=lambda *_: kill("told"))).run(file)
    assert [line["what"] for line in bench.journal.lines()][-1] == "refused"
    assert go_on.run(file).sent == 2
    assert each_once(server, 2)


def test_what_notify_refused_is_printed_here_and_what_it_has_is_not(bench: Bench, server: StandIn) -> None:
    parts = [bench.part() for _ in range(4)]
    file, _ = bench.batch(parts)
    sheaves = Sheaves(bench.room, bench.journal, bench.clock)
    server.failures = [None, 400, "lost", *[503] * ATTEMPTS]  # the third may be there, the fourth is not
    with pytest.raises(Busy):
        sending(bench, server).run(file)
    with pytest.raises(Refused, match="printed already"):
        sheaves.run(file, bench.folder / "a.csv", form="file", per_file=9)
    printed = sheaves.run(file, bench.folder / "a.csv", form="file", per_file=9, again="refused")
    (path,), text = printed.files, printed.files[0].read_text()
    assert [show_letter_reference(part.ref) in text for part in parts] == [False, True, False, True]
    assert [each.reference for each in printed.quarantined] == [show_letter_reference(parts[2].ref)]
    server.failures = []
    posted = sending(bench, server).run(file)  # it asks about the third, and gets nothing that was printed
    assert (posted.found, posted.sent, path.exists()) == (1, 0, True)
    with pytest.raises(Refused, match="sent or printed already"):
        sending(bench, server).run(file)
    assert each_once(server, 2)


def test_a_batch_that_notify_has_whole_is_never_printed_whatever_the_reason(bench: Bench, server: StandIn) -> None:
    file, _ = bench.batch([bench.part()])
    sending(bench, server).run(file)
    with pytest.raises(Refused, match="has every letter"):
        Sheaves(bench.room, bench.journal, bench.clock).run(
            file, bench.folder / "a.csv", form="file", per_file=9, again="lost"
        )
    assert not (bench.folder / "a.csv").exists()


def test_a_letter_begun_so_long_ago_that_notify_may_have_forgotten_it_is_not_sent_again(
    bench: Bench, server: StandIn
) -> None:
    _, said = bench.batch([])
    old = bench.again([bench.part()], replace(said, postage="economy", delivered_by=date(2027, 1, 19)))
    with pytest.raises(Killed):
        sending(bench, server, between=killer(2)).run(old)
    del server.letters[:]  # its retention is over
    bench.clock.to_day(bench.clock.today() + timedelta(days=SURE + 1))
    posted = sending(bench, server).run(old, "whatever")
    assert (posted.sent, [each.why.split(":")[0] for each in posted.quarantined]) == (
        0,
        ["GOV.UK Notify may have it, and lists it no longer"],
    )
    assert server.requests.count("POST /v2/notifications/letter") == 1


def test_letters_that_failed_at_notify_afterwards_are_named_by_their_references(bench: Bench, server: StandIn) -> None:
    parts = [bench.part() for _ in range(7)]
    file, said = bench.batch(parts)
    sending(bench, server).run(file)
    words = ["cancelled", "validation-failed", "technical-failure", "permanent-failure", "virus-scan-failed"]
    for letter, status in zip(reversed(server.letters), [*words, "received"], strict=False):
        letter["status"] = status
    found = sending(bench, server).status("", file)
    assert [(each.reference, each.why) for each in found.failed] == [
        (show_letter_reference(part.ref), word) for part, word in zip(parts, words, strict=False)
    ]
    assert (found.batch, found.counts["received"], sum(found.counts.values())) == (said.batch, 1, 7)
    assert parts[0].ref not in (bench.folder / "printroom" / "journal.jsonl").read_text()
