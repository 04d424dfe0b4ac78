"""A batch is printed once, whole, in files that only the print room reads; what must not leave is listed by reference (P05, P06)."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pypdfium2
import pytest
from tests.support.batches import Bench
from tests.support.contacts import Killed, killer

from troth.fieldwork.letter.sheet import languages_of
from troth.fieldwork.printroom.destroy import CANNOT, Destroying, read_attestation, settled, sweep
from troth.fieldwork.printroom.sendings import Sendings
from troth.fieldwork.printroom.sheaves import Sheaves, sort_out
from troth.fieldwork.printroom.supplier import COLUMNS
from troth.kit.errors import Invalid, Refused
from troth.protocol.age import new_age_identity, open_age
from troth.protocol.chain import new_signing
from troth.protocol.code import show_code, show_letter_reference

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def printing(bench: Bench, **more: Any) -> Sheaves:
    return Sheaves(bench.room, bench.journal, bench.clock, **more)


def rows(file: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file.read_bytes().decode("utf-8"))))


def test_the_suppliers_file_has_the_columns_that_are_documented_and_nothing_that_computes(bench: Bench) -> None:
    good, welsh = bench.part(), bench.part(lines=("Siân", "1 Heol", "CF10 1AA"), language="cy", large=True)
    bad = bench.part(lines=("=HYPERLINK()", "1 Heol", "CF10 1AA"))
    file, said = bench.batch([good, welsh, bad])
    printed = printing(bench).run(file, bench.folder / "out.csv", form="file", per_file=500)
    (path, large) = printed.files
    assert (path.name, large.name, path.stat().st_mode & 0o777) == ("out.csv", "out-large.csv", 0o600)
    (row,), (second,) = rows(path), rows(large)
    assert tuple(row) == COLUMNS
    assert (row["letter_reference"], row["code"]) == (show_letter_reference(good.ref), show_code(bench.codes[good.ref]))
    assert row["qr_1"] == f"https://survey.example.uk/en/#{bench.codes[good.ref]}"
    assert (row["line_1"], row["line_5"], row["posted_on"], row["postage"]) == (
        "Nerys Ŵyn-Tŷ'r Felin",
        "",
        "2027-01-08",
        "first",
    )
    assert (second["languages"], second["large_print"], second["line_1"]) == ("cy en", "yes", "Siân")
    assert [each.reference for each in printed.quarantined] == [show_letter_reference(bad.ref)]
    assert "HYPERLINK" not in path.read_text() + repr(printed)
    assert (printed.letters, said.count) == (2, 3)


def test_a_large_batch_is_split_and_large_print_lies_in_a_file_of_its_own(bench: Bench) -> None:
    parts = [bench.part(large=number == 1) for number in range(5)]
    file, _ = bench.batch(parts)
    printed = printing(bench).run(file, bench.folder / "out.pdf", form="pdf", per_file=2)
    assert [each.name for each in printed.files] == ["out-001.pdf", "out-002.pdf", "out-large-001.pdf"]
    texts = []
    for each in printed.files:
        assert each.stat().st_mode & 0o777 == 0o600
        document = pypdfium2.PdfDocument(each)
        texts.append(" ".join(page.get_textpage().get_text_range() for page in document))
        document.close()
    for number, part in enumerate(parts):
        assert sum(show_code(bench.codes[part.ref]) in text for text in texts) == 1
        assert (show_code(bench.codes[part.ref]) in texts[2]) == (number == 1)


def test_a_batch_that_was_printed_is_refused_unless_a_reason_is_given_and_the_reason_is_noted(bench: Bench) -> None:
    file, said = bench.batch([bench.part()])
    printing(bench).run(file, bench.folder / "a.csv", form="file", per_file=9)
    with pytest.raises(Refused, match="printed already"):
        printing(bench).run(file, bench.folder / "b.csv", form="file", per_file=9)
    assert not (bench.folder / "b.csv").exists()
    printing(bench).run(file, bench.folder / "b.csv", form="file", per_file=9, again="the van burnt")
    assert [line["again"] for line in bench.journal.lines() if line["what"] == "begun"] == ["", "the van burnt"]
    other = bench.again([bench.part()], said)  # another part of the same batch is no repetition
    assert printing(bench).run(other, bench.folder / "c.csv", form="file", per_file=9).letters == 1


def test_a_reference_that_stands_twice_or_went_out_in_the_wave_is_quarantined_and_the_others_are_printed(
    bench: Bench,
) -> None:
    first, twice, fresh = bench.part(), bench.part(), bench.part()
    printing(bench).run(bench.batch([first])[0], bench.folder / "a.csv", form="file", per_file=9)
    with pytest.raises(Refused, match="in this batch twice"):  # no such file is ever made
        bench.batch([first, twice, twice, fresh])
    good, apart = sort_out(
        bench.journal, bench.batch([fresh])[1], [twice, twice, fresh], ""
    )  # and one that was would not be printed
    assert ([part.ref for part in good], [each.reference for each in apart]) == (
        [fresh.ref],
        [show_letter_reference(twice.ref)],
    )
    file, said = bench.batch([first, fresh])
    printed = printing(bench).run(file, bench.folder / "b.csv", form="file", per_file=9)
    assert [row["letter_reference"] for row in rows(printed.files[0])] == [show_letter_reference(fresh.ref)]
    assert [(each.reference, each.why.split()[-1]) for each in printed.quarantined] == [
        (show_letter_reference(first.ref), "wave")
    ]
    lost = bench.again(
        [first], replace(said, batch="ab" * 16, purpose="replacement")
    )  # a lost letter is replaced all the same
    assert printing(bench).run(lost, bench.folder / "d.csv", form="file", per_file=9).letters == 1
    with pytest.raises(Refused, match="printed already"):
        printing(bench).run(lost, bench.folder / "e.csv", form="file", per_file=9)
    later = bench.part(first.ref, "reminder_one")  # the same person's next wave is another letter
    assert (
        printing(bench)
        .run(bench.batch([later], "reminder_one")[0], bench.folder / "c.csv", form="file", per_file=9)
        .letters
        == 1
    )


@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_kill_between_any_two_steps_leaves_nothing_that_a_second_run_would_not_replace(bench: Bench, at: int) -> None:
    parts = [bench.part() for _ in range(3)]
    file, _ = bench.batch(parts)
    with pytest.raises(Killed):
        printing(bench, between=killer(at)).run(file, bench.folder / "o" / "a.csv", form="file", per_file=2)
    printed = printing(bench).run(file, bench.folder / "o" / "a.csv", form="file", per_file=2)
    found = [row["letter_reference"] for each in sorted((bench.folder / "o").iterdir()) for row in rows(each)]
    assert sorted(found) == sorted(show_letter_reference(part.ref) for part in parts)
    assert printed.letters == 3


def test_with_a_printers_recipient_no_file_lies_here_in_the_clear(bench: Bench) -> None:
    identity, recipient = new_age_identity()
    part = bench.part()
    printed = printing(bench, seal_to=recipient).run(
        bench.batch([part])[0], bench.folder / "a.csv", form="file", per_file=9
    )
    (path,) = printed.files
    assert path.name == "a.csv.age"
    assert show_code(bench.codes[part.ref]).encode() in open_age(identity, path.read_bytes())
    assert not [
        each
        for each in bench.folder.rglob("*")
        if each.is_file() and bench.codes[part.ref].encode() in each.read_bytes()
    ]


@pytest.mark.parametrize(("postcode", "said", "welsh"), [
    ("LL57 1AA", None, True), ("cf10 1aa", None, True), ("L1 1AA", None, False), ("SY23 1AA", None, False),
    ("SY23 1AA", True, True), ("LL57 1AA", False, False),
])  # fmt: skip
def test_an_address_in_wales_is_bilingual_by_what_the_contact_says_or_else_by_its_postcode(
    bench: Bench, postcode: str, said: bool | None, welsh: bool
) -> None:
    part = bench.part(lines=("Siân", "1 Heol", postcode), bilingual=said)
    _, manifest = bench.batch([part])
    letter = bench.room.letter(manifest, part)
    assert (letter.bilingual, letter.large) == (welsh, False)
    assert languages_of(bench.pack, "invitation", "en", bilingual=welsh) == (("en", "cy") if welsh else ("en",))
    assert languages_of(bench.pack, "invitation", "cy", bilingual=welsh) == ("cy", "en")


def test_the_journal_names_no_code_no_address_and_no_reference(bench: Bench) -> None:
    part = bench.part()
    printing(bench).run(bench.batch([part])[0], bench.folder / "a.csv", form="file", per_file=9)
    text = (bench.folder / "printroom" / "journal.jsonl").read_text()
    for secret in (
        bench.codes[part.ref],
        show_code(bench.codes[part.ref]),
        part.ref,
        show_letter_reference(part.ref),
        "Nerys",
        "LL57",
    ):
        assert secret not in text
    assert (bench.folder / "printroom" / "journal.jsonl").stat().st_mode & 0o777 == 0o600


def test_a_line_that_a_kill_cut_short_is_forgotten_and_a_line_that_was_changed_is_told(bench: Bench) -> None:
    with bench.journal.turn():
        bench.journal.write("begun", batch="b", out="x")
    path = bench.folder / "printroom" / "journal.jsonl"
    with path.open("ab") as handle:
        handle.write(b'{"what":"pri')
    with bench.journal.turn():
        bench.journal.write("printed", batch="b")
    assert [line["what"] for line in bench.journal.lines()] == ["begun", "printed"]
    with pytest.raises(Refused, match="under way"), bench.journal.turn(), bench.journal.turn():
        pass
    path.write_bytes(b"nonsense\n" + path.read_bytes())
    with pytest.raises(Invalid, match="not the journal's"):
        bench.journal.lines()


def test_what_was_posted_is_destroyed_and_attested_with_what_that_cannot_reach(bench: Bench) -> None:
    signing, checking = new_signing()
    file, said = bench.batch([bench.part(), bench.part()])
    printed = printing(bench).run(file, bench.folder / "a.csv", form="file", per_file=1)
    printed.files[0].unlink()
    destroying = Destroying(bench.journal, bench.clock, signing, bench.folder / "attested", bench.pack.id)
    with pytest.raises(Refused, match="nobody is named"):
        destroying.run(said.batch, " ")
    with pytest.raises(Refused, match="no such batch"):
        destroying.run(secrets.token_hex(16), "Print Room")
    assert destroying.run(said.batch[:8], "Print Room", dry_run=True).files == 1
    assert printed.files[1].exists()
    done = destroying.run(said.batch[:8], "Print Room")
    assert (done.files, done.missing, done.letters, printed.files[1].exists()) == (1, 1, 2, False)
    assert done.attestation is not None
    text = done.attestation.read_text()
    assert read_attestation(text, checking)["cannot"] == CANNOT
    changed = json.loads(text)
    changed["said"]["letters"] = 1
    for wrong, key in ((json.dumps(changed), checking), (text, new_signing()[1]), ("{}", checking)):
        with pytest.raises(Invalid):
            read_attestation(wrong, key)


def test_on_the_last_contacts_day_what_nobody_destroyed_goes_with_the_journal(bench: Bench) -> None:
    assert sweep(bench.journal) == 0
    assert not (bench.folder / "printroom").exists()
    printed = printing(bench).run(bench.batch([bench.part()])[0], bench.folder / "a.csv", form="file", per_file=9)
    assert sweep(bench.journal) == 1
    assert not printed.files[0].exists()
    assert bench.journal.lines() == []
    assert sweep(bench.journal) == 0


@pytest.mark.parametrize("at", [1, 2, 3])
@pytest.mark.parametrize("swept", [True, False])
def test_what_a_killed_print_left_in_the_clear_is_destroyed_too_and_nothing_else(
    bench: Bench, at: int, swept: bool
) -> None:
    file, said = bench.batch([bench.part() for _ in range(3)])
    folder = bench.folder / "o"
    with pytest.raises(Killed):
        printing(bench, between=killer(at)).run(file, folder / "a.csv", form="file", per_file=2)
    folder.mkdir(exist_ok=True)
    for name in (".a.0123abcd", ".a-002.89abcdef", "a-notes.csv", ".a-notes.0123abcd", "b.csv"):
        (folder / name).touch()
    if swept:
        assert sweep(bench.journal) == at - 1 + 2
        assert bench.journal.lines() == []
    else:
        destroying = Destroying(bench.journal, bench.clock, new_signing()[0], bench.folder / "attested", bench.pack.id)
        assert destroying.run(said.batch, "Print Room", dry_run=True).files == at - 1 + 2
        done = destroying.run(said.batch, "Print Room")
        assert (done.files, done.missing) == (at - 1 + 2, 0)
    assert sorted(each.name for each in folder.iterdir()) == [".a-notes.0123abcd", "a-notes.csv", "b.csv"]


def test_a_killed_print_takes_nothing_away_that_another_batch_was_printed_into(bench: Bench) -> None:
    killed, first = bench.batch([bench.part()])
    with pytest.raises(Killed):
        printing(bench, between=killer(1)).run(killed, bench.folder / "a.csv", form="file", per_file=9)
    (theirs,) = (
        printing(bench).run(bench.batch([bench.part()])[0], bench.folder / "a.csv", form="file", per_file=9).files
    )
    (mine,) = printing(bench).run(killed, bench.folder / "b.csv", form="file", per_file=9).files
    assert theirs.is_file()
    mine.rename(bench.folder / "c.csv")
    printing(bench).run(bench.batch([bench.part()])[0], mine, form="file", per_file=9)
    destroying = Destroying(bench.journal, bench.clock, new_signing()[0], bench.folder / "attested", bench.pack.id)
    assert destroying.run(first.batch, "Print Room").files == 0
    assert theirs.is_file()
    assert mine.is_file()


def test_a_second_destroying_leaves_the_first_attestation_as_it_was(bench: Bench) -> None:
    signing, checking = new_signing()
    file, said = bench.batch([bench.part()])
    printing(bench).run(file, bench.folder / "a.csv", form="file", per_file=9)
    destroying = Destroying(bench.journal, bench.clock, signing, bench.folder / "attested", bench.pack.id)
    first, second = destroying.run(said.batch, "Print Room"), destroying.run(said.batch, "Print Room")
    assert (first.files, second.files, second.missing) == (1, 0, 0)
    assert first.attestation is not None
    assert second.attestation is not None
    told = [read_attestation(each.read_text(), checking)["files"] for each in (first.attestation, second.attestation)]
    assert (told, second.attestation.name) == ([1, 0], f"destroyed-{said.batch[:8]}-2.json")


def test_the_batch_file_that_was_printed_is_destroyed_too_unless_it_is_another_now(bench: Bench) -> None:
    signing, checking = new_signing()
    destroying = Destroying(bench.journal, bench.clock, signing, bench.folder / "attested", bench.pack.id)
    (one, first), (two, second) = bench.batch([bench.part()]), bench.batch([bench.part()])
    for file in (one, two):
        printing(bench).run(file, bench.folder / f"{file.name}.csv", form="file", per_file=9)
    two.write_bytes(b"something else by now")
    assert (destroying.run(first.batch, "Print Room", dry_run=True).inputs, one.exists()) == (1, True)
    gone, left = destroying.run(first.batch, "Print Room"), destroying.run(second.batch, "Print Room")
    assert ((gone.inputs, gone.left, one.exists()), (left.inputs, left.left, two.exists())) == (
        (1, [], False),
        (0, [two], True),
    )
    told = [read_attestation(each.attestation.read_text(), checking) for each in (gone, left) if each.attestation]
    assert [(each["inputs"], each["left"], each["others"]) for each in told] == [(1, 0, []), (0, 1, [])]


def test_an_attestation_settles_what_was_printed_before_it_and_names_who_else_has_copies(bench: Bench) -> None:
    signing, checking = new_signing()
    destroying = Destroying(bench.journal, bench.clock, signing, bench.folder / "attested", bench.pack.id)
    file, said = bench.batch([bench.part()])
    data = file.read_bytes()
    statements: list[set[str]] = []

    def attested() -> dict[str, Any]:
        path = destroying.run(said.batch, "Print Room").attestation
        assert path is not None
        statements.append({hashlib.sha256(path.read_bytes()).hexdigest()})
        return read_attestation(path.read_text(), checking)

    printed = printing(bench).run(file, bench.folder / "a.csv", form="file", per_file=9)
    assert settled(bench.journal.lines(), said.batch, set()), "nothing says that more was printed since"
    with bench.journal.turn():
        sendings = Sendings(bench.journal, bench.clock, "sftp.example")
        sendings.done(sendings.these(printed.files)[0], read_back=True)
    assert attested()["others"] == ["printer sftp.example"]
    assert settled(bench.journal.lines(), said.batch, statements[0])
    file.write_bytes(data)
    printing(bench).run(file, bench.folder / "a.csv", form="file", per_file=9, again="lost")
    assert not settled(bench.journal.lines(), said.batch, statements[0])
    attested()
    lines = bench.journal.lines()
    assert [settled(lines, said.batch, each) for each in statements] == [False, True]
    attested()  # once more, of nothing: both are good
    assert [settled(bench.journal.lines(), said.batch, each) for each in statements] == [False, True, True]
