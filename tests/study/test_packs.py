"""A study pack says all of a study, its notice says what the policy does, and a broken one is refused with its place."""

from __future__ import annotations

import re
import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

from troth.kit.errors import Invalid
from troth.promises import REGISTRY
from troth.questionnaire import Position, view
from troth.questionnaire.model import PageId
from troth.study import Lang, bundled, load_pack, schema, untranslated, write_dates
from troth.study.targeted import doubts
from troth.study.words import PLACEHOLDERS
from troth.web.language import locale


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the bundled study that a test may break."""
    return shutil.copytree(bundled("sdcs"), tmp_path / "a study")


def change(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")


def line_of(folder: Path, file: str, text: str) -> int:
    lines = (folder / file).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, start=1) if text in line)


def test_the_bundled_study_loads_and_keeps_what_the_source_notice_says() -> None:
    pack = load_pack(bundled("sdcs"))
    assert pack.demonstration
    assert pack.languages == ("en", "cy")
    assert (pack.retention.contact.days, pack.retention.vouchers.months, pack.retention.microdata.years) == (5, 6, 2)
    assert pack.reminders == "receipt_free"
    assert pack.tranche >= 500
    assert pack.contacts.enquiry_phone == "0800 085 7376"
    assert pack.contacts.enquiry_email == "sdcs@ons.gov.uk"
    assert {column.name for column in pack.sample_columns} >= {"name", "address_1", "postcode", "region", "language"}


def test_the_notice_makes_every_promise_and_no_other() -> None:
    made = {promise for part in load_pack(bundled("sdcs")).notice_parts("en") for promise in part.promises}
    assert made == set(REGISTRY)


def test_the_notice_tells_the_numbers_of_the_policy(folder: Path) -> None:
    def told() -> str:
        return " ".join(text for part in load_pack(folder).notice_parts("en") for text in part.paragraphs)

    assert "within 5 days" in told()
    assert "6 months after the voucher" in told()
    change(folder, "study.yaml", "contact: {days: 5", "contact: {days: 9")
    change(folder, "study.yaml", "vouchers: {months: 6", "vouchers: {months: 3")
    assert "within 9 days" in told()
    assert "3 months after the voucher" in told()
    assert "{" not in told()


def test_the_notice_says_what_becomes_of_partials_as_the_policy_has_it(folder: Path) -> None:
    headings = [part.heading for part in load_pack(folder).notice_parts("en")]
    kept = [text for part in load_pack(folder).notice_parts("en") for text in part.paragraphs]
    change(folder, "study.yaml", "partials_at_close: keep", "partials_at_close: erase")
    erased = [text for part in load_pack(folder).notice_parts("en") for text in part.paragraphs]
    assert headings.count("If you do not finish") == 1
    assert any("are used" in text for text in kept)
    assert not any("the answers you saved are used" in text for text in erased)
    assert any("the answers you saved are deleted" in text for text in erased)


def test_letters_are_filled_and_the_reminder_tells_nothing() -> None:
    pack = load_pack(bundled("sdcs"))
    for kind in ("invitation", "reminder"):
        letter = pack.letter(kind, "en")
        text = " ".join((letter.subject, *letter.paragraphs))
        assert "{" not in text
        assert "DEMONSTRATION" in text
        assert "0800 085 7376" in text
        assert "7 March 2027" in text
    said = " ".join(pack.letter("reminder", "en").paragraphs)
    assert "do not know who has taken part" in said


def test_welsh_is_wired_and_what_is_untranslated_is_whole_english() -> None:
    pack = load_pack(bundled("sdcs"))
    seen = view(pack.questionnaire, Position(PageId("adults"), 0, 1), {}, pack.catalogue("cy"))
    assert seen.title.startswith("Pa eiriau")
    assert seen.answers[0].missing[0].label == "Dydw i ddim yn gwybod"
    later = view(pack.questionnaire, Position(PageId("today"), 0, 15), {}, pack.catalogue("cy"))
    assert later.title == "Pa mor ddiogel ydych chi’n teimlo yn eich bywyd heddiw?"
    assert pack.notice_parts("cy")[0].heading == "Yr hysbysiad hwn"
    halfway = pack.model_copy(
        update={"translations": {Lang("cy"): lambda text: text if "{" in text else f"{text} (Cymraeg)"}}
    )
    notice = halfway.notice_parts("cy")[0]
    assert notice.heading == "This notice (Cymraeg)"
    assert notice.paragraphs == pack.notice_parts("en")[0].paragraphs, "not translated: whole in English"
    assert pack.catalogue("cy")("") == ""
    assert pack.catalogue("fr")("16 or 17") == "16 or 17"
    for text in notice.paragraphs:
        assert "Arolwg" not in text, "no sentence in two languages"


def test_what_a_language_has_no_words_for_is_a_finding_with_its_file() -> None:
    pack = load_pack(bundled("sdcs"))
    assert untranslated(pack) == [], "the bundled study is translated whole"
    lacks = {pack.questionnaire.pages[0].title, pack.letters.invitation.subject, pack.support.introduction}
    whole = pack.catalogue("cy")
    halfway = pack.model_copy(
        update={"translations": {Lang("cy"): lambda text: text if text in lacks else whole(text)}}
    )
    found = untranslated(halfway)
    assert {one.where.partition(":")[0] for one in found} == {"questionnaire.yaml", "letters.yaml", "support.yaml"}
    assert len(found) == 3
    assert {(one.rule, one.severity) for one in found} == {("untranslated", "warning")}


def test_every_word_of_the_notice_has_its_welsh() -> None:
    pack = load_pack(bundled("sdcs"))
    for welsh, english in zip(pack.notice_parts("cy"), pack.notice_parts("en"), strict=True):
        said = zip((welsh.heading, *welsh.paragraphs), (english.heading, *english.paragraphs), strict=True)
        assert not [theirs for mine, theirs in said if mine == theirs]
    assert "5 Ebrill 2027" in str(pack.notice_parts("cy"))
    assert "{" not in str(pack.notice_parts("cy"))


def test_every_word_of_both_letters_has_its_welsh_with_welsh_dates() -> None:
    pack = load_pack(bundled("sdcs"))
    for kind in ("invitation", "reminder"):
        welsh, english = pack.letter(kind, "cy"), pack.letter(kind, "en")
        pairs = zip((welsh.subject, *welsh.paragraphs), (english.subject, *english.paragraphs), strict=True)
        assert not [theirs for mine, theirs in pairs if mine == theirs]
        assert "7 Mawrth 2027" in " ".join(welsh.paragraphs)
        assert "{" not in " ".join((welsh.subject, *welsh.paragraphs))


def test_every_welsh_word_belongs_to_a_text_of_the_study() -> None:
    text = (bundled("sdcs") / "cy.po").read_text(encoding="utf-8")
    assert "NOT YET PROFESSIONALLY REVIEWED" in text
    known = {english for _, english in load_pack(bundled("sdcs")).texts()}
    keys = re.findall(r'^msgid "(.+)"$', text, re.MULTILINE)
    assert keys
    assert set(keys) <= known


@pytest.mark.parametrize(
    ("file", "old", "new", "near", "says"),
    [
        ("study.yaml", "demonstration: true\n", "", "id: sdcs", "demonstration"),
        ("study.yaml", "tranche: 500", "tranche: 499", "tranche: 499", "tranche"),
        ("study.yaml", "tranche: 500", "trance: 500", "trance: 500", "trance"),
        ("study.yaml", "closes: 2027-03-07", "closes: 2027-01-01", "collection:", "closes"),
        ("study.yaml", "closes: 2027-03-07", "closes: 2027-02-30", "collection:", "closes"),
        ("study.yaml", "latest: 2027-04-05", "latest: 2027-02-20", "contact:", "latest"),
        ("study.yaml", "promise: P26", "promise: P05", "vouchers: {months", "P26"),
        ("study.yaml", "promise: P26", "promise: P99", "vouchers: {months", "no such promise"),
        ("study.yaml", "{name: postcode, max_length: 8}", "{name: phone}", "{name: name}", "postcode"),
        ("study.yaml", "  - {name: supplier_ref, max_length: 20}\n", "", "sample:", "no column to match people by"),
        ("study.yaml", "{name: town}", "{name: town, min_length: 101}", "{name: town", "longer than the longest"),
        ("study.yaml", "{name: town}", "{name: town, pattern: '('}", "{name: town", "not a regular expression"),
        ("study.yaml", "{name: town}", "{name: town, header: name}", "{name: name}", "two columns have one header"),
        ("study.yaml", "suppression: required", "ignored: [town]", "sample:", "cannot be ignored"),
        ("study.yaml", "dispatch_on: 2027-02-15", "dispatch_on: 2027-01-20", "reminder_two", "reminder_two"),
        ("study.yaml", "id: london", "id: wales", "id: north_east", "twice"),
        ("study.yaml", "enquiry_phone: 0800 085 7376", "enquiry_phone: call us", "enquiry_phone", "enquiry_phone"),
        ("study.yaml", "minimum: 10", "minimum: 1", "minimum: 1", "minimum"),
        ("letters.yaml", "{closes}", "{closing}", "{closing}", "closing"),
        ("notice.yaml", "promises: [P01]", "promises: [P00]", "P00", "no such promise"),
        ("notice.yaml", "only_if: receipt_free", "only_if: received", "only_if", "receipt_free"),
        ("notice.yaml", "{study}", "{study", "a demonstration of", "brace"),
        ("support.yaml", "phone: 0800 1111", "phone: ask us", "ask us", "phone"),
        ("questionnaire.yaml", "disclosure: quasi", "disclosure: direct", "          - id: age", "says who"),
        ("questionnaire.yaml", "when: schools > 0", "when: scools > 0", "scools", "scools"),
        ("cy.po", "nplurals=6", "nplurals=5", None, "plural forms"),
        ("cy.po", "Ysgrifennwch {maximum}", "Ysgrifennwch", 'msgid "Write {maximum}', "placeholders"),
    ],
)
def test_a_broken_pack_is_refused_with_file_line_and_column(  # noqa: PLR0917 - a row of the table
    folder: Path, file: str, old: str, new: str, near: str | None, says: str
) -> None:
    if "schools > 0" in old:
        old, new = "not answered(schools) or schools > 0", "scools > 0"
    change(folder, file, old, new)
    with pytest.raises(Invalid) as refused:
        load_pack(folder)
    error = refused.value
    name, line, column = error.where.split(":")
    assert name == file
    assert int(line) == (line_of(folder, file, near) if near else 1)
    assert int(column) >= 1
    assert says in error.what
    assert error.mend


@pytest.mark.parametrize(
    "file", ["study.yaml", "questionnaire.yaml", "letters.yaml", "notice.yaml", "support.yaml", "cy.po"]
)
def test_a_missing_file_is_named(folder: Path, file: str) -> None:
    (folder / file).unlink()
    with pytest.raises(Invalid) as refused:
        load_pack(folder)
    assert refused.value.where == f"{file}:1:1"
    assert refused.value.mend


def test_a_missing_pack_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(Invalid):
        load_pack(tmp_path / "nothing")
    for name in ("nothing", "../sdcs", ""):
        with pytest.raises(Invalid, match="sdcs"):
            bundled(name)


@pytest.mark.parametrize("day", range(14))
def test_a_demonstration_is_open_on_the_day_it_is_made(folder: Path, day: int) -> None:
    today = date(2026, 12, 20) + timedelta(days=day)
    write_dates(folder, today)
    pack = load_pack(folder)
    assert pack.collection.opens < today < pack.collection.closes
    assert pack.waves[0].dispatch_on < today
    assert all(wave.dispatch_on.weekday() < 5 for wave in pack.waves)


def test_dates_may_lie_elsewhere_than_the_pack(tmp_path: Path) -> None:
    file = write_dates(tmp_path, date(2027, 6, 1))
    pack = load_pack(bundled("sdcs"), file)
    assert pack.collection.opens == date(2027, 5, 31)
    file.write_text(file.read_text(encoding="utf-8").replace("reminder_two", "reminder_nine"), encoding="utf-8")
    with pytest.raises(Invalid, match="waves"):
        load_pack(bundled("sdcs"), file)
    file.write_text("collection: {opens: never}\n", encoding="utf-8")
    with pytest.raises(Invalid) as refused:
        load_pack(bundled("sdcs"), file)
    assert refused.value.where.startswith("dates.yaml:1:")


def test_the_schema_names_every_key_of_the_bundled_study() -> None:
    properties = schema()["properties"]
    text = (bundled("sdcs") / "study.yaml").read_text(encoding="utf-8")
    assert set(re.findall(r"^([a-z_0-9]+):", text, re.MULTILINE)) == set(properties)


def test_the_page_of_docs_names_every_file_key_and_placeholder() -> None:
    page = (Path(__file__).parents[2] / "docs" / "study-pack.md").read_text(encoding="utf-8")
    assert all(f"`{{{name}}}`" in page for name in PLACEHOLDERS)
    assert all(f"`{file.name}`" in page for file in bundled("sdcs").iterdir())
    obvious = {"id", "title", "short_title", "controller", "contacts", "voucher_provider"}
    assert all(f"`{key}" in page for key in set(schema()["properties"]) - obvious)


def test_support_is_grouped_by_urgency_age_and_nation_and_nobody_is_left_out() -> None:
    support = load_pack(bundled("sdcs")).support
    groups = support.groups()
    assert list(groups) == ["urgent", "young", "adult", "any", "england", "wales", "scotland", "northern_ireland"]
    assert {one.name for some in groups.values() for one in some} == {one.name for one in support.organisations}
    assert [one.name for one in groups["young"]] == ["Childline"]
    # Who helps in two nations stands in both
    assert {"Rape and Sexual Abuse Support Line"} <= {one.name for one in groups["wales"]} & {
        one.name for one in groups["england"]
    }
    assert [one.name for one in support.aftercare()][:2] == ["Emergency services", "Samaritans"]


def test_support_without_ages_and_nations_is_as_good_as_before(folder: Path) -> None:
    (folder / "support.yaml").write_text(
        "introduction: Somebody listens.\norganisations:\n  - {name: Somebody, about: Listens., phone: 116 123}\n",
        encoding="utf-8",
    )
    support = load_pack(folder).support
    assert list(support.groups()) == ["any"]
    assert support.aftercare() == ()


def test_a_page_may_be_left_for_half_an_hour_at_least(folder: Path) -> None:
    change(folder, "study.yaml", "idle_minutes: 30", "idle_minutes: 20")
    with pytest.raises(Invalid, match="30"):
        load_pack(folder)
    change(folder, "study.yaml", "idle_minutes: 20\n", "")
    assert load_pack(folder).idle_minutes == 30


def test_every_word_of_the_bundled_questionnaire_has_its_welsh() -> None:
    """Ours, and not yet reviewed by a professional translator; names of organisations and numbers may stay as they are."""
    pack = load_pack(bundled("sdcs"))
    study, interface = pack.catalogue("cy"), locale("cy").translate
    english = {text for _, text in pack.questionnaire.texts() if study(text) == text and interface(text) == text}
    assert english == set()


def test_a_targeted_study_says_so_in_its_notice_and_is_warned_in_words(folder: Path) -> None:
    """P01, P04: what is weaker is told to respondents, and to whoever chooses it; the bundled study, receipt-free, tells neither."""
    assert doubts(load_pack(folder)) == []
    assert "Who gets a reminder" not in {part.heading for part in load_pack(folder).notice_parts("en")}
    change(folder, "study.yaml", "reminders: receipt_free", "reminders: targeted")
    pack = load_pack(folder)
    assert [(found.rule, found.severity) for found in doubts(pack)] == [
        ("targeted_sensitive", "warning"),
        ("targeted_letter", "warning"),
    ]
    assert "the household learns" in doubts(pack)[0].what
    for lang, heading in (("en", "Who gets a reminder"), ("cy", "Pwy sy’n cael nodyn atgoffa")):
        told = {part.heading: " ".join(part.paragraphs) for part in pack.notice_parts(lang)}
        assert "10" in told[heading]
    assert "Everybody gets the same reminder" not in {part.heading for part in pack.notice_parts("en")}
    change(folder, "notice.yaml", "    only_if: targeted\n", "")
    with pytest.raises(Invalid, match="the notice does not say so"):
        load_pack(folder)
