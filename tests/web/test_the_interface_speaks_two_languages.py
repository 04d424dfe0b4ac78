from __future__ import annotations

import ast
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po

import troth.web
from troth.web.language import LANGUAGES, locale, preferred, swap

ROOM = Path(troth.web.__file__).parent


def _catalogue(language: str) -> dict[str, str | tuple[str, ...]]:
    with (ROOM / "locale" / language / "LC_MESSAGES" / "web.po").open("rb") as source:
        messages = read_po(source, locale=language)
    return {(m.id[0] if isinstance(m.id, tuple) else m.id): m.string for m in messages if m.id}  # type: ignore[misc]


def _used() -> set[str]:
    used: set[str] = set()
    for template in (ROOM / "templates").glob("*.html"):
        with template.open("rb") as source:
            used |= {str(found[1]) for found in extract("jinja2.ext:babel_extract", source, keywords={"_": None})}
    for module in ROOM.glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if name in {"_", "translate"}:
                    used.add(str(node.args[0].value))
    return used


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_the_interface_is_in_the_catalogue(language: str) -> None:
    catalogue = _catalogue(language)
    used = _used()
    assert len(used) > 25
    assert used - set(catalogue) == set()
    assert all(all(text) if isinstance(text, tuple) else text for text in catalogue.values())


def test_welsh_says_nothing_in_english() -> None:
    same = {text for text, welsh in _catalogue("cy").items() if text == welsh}
    assert same == set()


def test_the_values_in_a_text_are_the_same_in_both_languages() -> None:
    import re

    value = r"%\(\w+\)s|\{\w+\}"
    for text, welsh in _catalogue("cy").items():
        for form in welsh if isinstance(welsh, tuple) else (welsh,):
            assert sorted(re.findall(value, form)) == sorted(re.findall(value, text)), text


def test_welsh_has_six_plural_forms_and_uses_them() -> None:
    forms = next(text for text in _catalogue("cy").values() if isinstance(text, tuple))
    assert len(forms) == 6
    one, many = "Wait %(n)s minute, then try again", "Wait %(n)s minutes, then try again"
    assert locale("cy").count(one, many, 2).startswith("Arhoswch 2 funud")
    assert locale("cy").count(one, many, 3).startswith("Arhoswch 3 munud")
    assert locale("en").count(one, many, 1) == "Wait 1 minute, then try again"
    assert locale("en").count(one, many, 0) == "Wait 0 minutes, then try again"
    plural = locale("cy").catalogue.plural  # type: ignore[attr-defined]
    assert [plural(n) for n in (0, 1, 2, 3, 6, 4, 11, 100)] == [0, 1, 2, 3, 4, 5, 5, 5]


def test_an_unreviewed_translation_says_so() -> None:
    assert locale("en").reviewed
    assert not locale("cy").reviewed


def test_a_site_can_add_its_own_words(tmp_path: Path) -> None:
    folder = tmp_path / "cy" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "site.po").write_text(
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"X-Reviewed: no\\n"\n\nmsgid "Thank you"\nmsgstr "Diolch"\n'
    )
    words = locale("cy", tmp_path)
    assert words.translate("Thank you") == "Diolch"
    assert words.translate("Pause") == "Oedi"


def test_a_text_with_values_is_filled() -> None:
    assert locale("en").translate("%(n)s of %(all)s", n=1, all=9) == "1 of 9"


@pytest.mark.parametrize(
    ("path", "to", "there"),
    [
        ("/en/q/x", "cy", "/cy/q/x"),
        ("/cy/", "en", "/en/"),
        ("/en", "cy", "/cy"),
        ("/", "cy", "/cy/"),
        ("/english", "cy", "/cy/"),
    ],
)
def test_the_switch_leads_to_the_same_place(path: str, to: str, there: str) -> None:
    assert swap(path, to) == there  # type: ignore[arg-type]


def test_nothing_in_accept_language_can_fail() -> None:
    for header in ("", ",", ";", "cy;q=nan", "cy;q=0", "q=1", "x" * 10_000, "CY", "cy-GB"):
        assert preferred(header) in LANGUAGES
    assert preferred("cy-GB") == "cy"
    assert preferred("cy;q=0") == "en"
