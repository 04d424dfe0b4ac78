"""Every marked word of the sites that respondents read has a Welsh text, and the page says that nobody has reviewed it yet (P01)."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po

import troth.claims.details
import troth.sites
import troth.web
from troth.promises import State
from troth.web.language import locale
from troth.wiring.chrome import words_of

SITES = ("respond", "claim", "public")
ROOM = Path(troth.sites.__file__).parent
VALUE = re.compile(r"%\(\w+\)s|\{\w+\}")


def catalogue(folder: Path) -> dict[str, str]:
    found = {}
    for path in (folder / "cy" / "LC_MESSAGES").glob("*.po"):
        with path.open("rb") as source:
            found |= {str(m.id): str(m.string) for m in read_po(source, locale="cy") if m.id and isinstance(m.id, str)}
    return found


def marked(site: str) -> set[str]:
    """Every text of the site in `_()` or `translate()`, and those that the pages translate when they are made."""
    used: set[str] = set()
    for template in (ROOM / site / "templates").glob("*.html"):
        with template.open("rb") as source:
            used |= {str(found[1]) for found in extract("jinja2.ext:babel_extract", source, keywords={"_": None})}
    for module in (ROOM / site).glob("*.py"):
        used |= constants(module, {"_", "translate"})
    if site == "claim":
        source = Path(troth.claims.details.__file__)
        used |= {text for text in strings(source) if re.match(r"(Enter|Use|This is too) .*\w\Z", text)}
    if site == "public":
        used |= {state.value for state in State}
    return used


def constants(module: Path, names: set[str]) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in names:
                found.add(str(node.args[0].value))
    return found


def strings(module: Path) -> set[str]:
    tree = ast.parse(module.read_text(encoding="utf-8"))
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


@pytest.mark.parametrize("site", SITES)
def test_every_marked_word_has_a_welsh_text(site: str) -> None:
    own = catalogue(words_of(site))
    known = own | catalogue(Path(troth.web.__file__).parent / "locale")
    used = marked(site)
    assert len(used) > 10
    assert used - set(known) == set()
    assert all(known[text] for text in used)
    # And the page that the process makes shows it
    words = locale("cy", words_of(site))
    assert {text for text in used if words.translate(text) == text} == set()


@pytest.mark.parametrize("site", SITES)
def test_no_welsh_text_is_left_over_or_loses_a_value(site: str) -> None:
    own = catalogue(words_of(site))
    assert set(own) - marked(site) == set()
    for text, welsh in own.items():
        assert sorted(VALUE.findall(welsh)) == sorted(VALUE.findall(text)), text


@pytest.mark.parametrize("site", SITES)
def test_an_unreviewed_translation_says_so(site: str) -> None:
    assert not locale("cy", words_of(site)).reviewed


@pytest.mark.parametrize("site", SITES)
def test_no_marked_word_holds_a_bare_percent_sign(site: str) -> None:
    """The template's `_` fills `%(name)s` in every text: a bare % would break the page."""
    for text in marked(site) | set(catalogue(words_of(site)).values()):
        assert "%" not in VALUE.sub("", text), text


def test_every_text_on_a_template_is_marked() -> None:
    """No sentence stands on a site's template without `_()`: between tags there are only expressions."""
    for site in SITES:
        for template in sorted((ROOM / site / "templates").glob("*.html")):
            source = template.read_text(encoding="utf-8")
            bare = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}|<[^>]*>", " ", source, flags=re.DOTALL)
            assert not re.search(r"[A-Za-z]{2,}", bare), (template.name, bare.split())
