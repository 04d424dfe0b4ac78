"""Everything that pyproject.toml names is installed as locked and can be imported."""

from __future__ import annotations

import importlib
import re
import tomllib
from importlib import metadata

import pytest
from tests.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
NAMED = [
    *PROJECT["project"]["dependencies"],
    *(one for extra in PROJECT["project"]["optional-dependencies"].values() for one in extra),
]


@pytest.mark.parametrize("requirement", NAMED)
def test_a_named_dependency_is_installed_and_imports(requirement: str) -> None:
    name = re.split(r"[\[<>=!~ ]", requirement)[0]
    files = metadata.files(name) or []
    modules = {
        str(file).split("/")[0].removesuffix(".py")
        for file in files
        if str(file).endswith("/__init__.py") or (str(file).count("/") == 0 and str(file).endswith(".py"))
    }
    tops = {one for one in modules if one.isidentifier() and not one.startswith("_")}
    assert tops or name == "psycopg", name
    for one in tops:
        importlib.import_module(one)


def test_whatever_the_program_imports_is_named_by_it_and_locked() -> None:
    """A package that only another one brings could go, or change, with it."""
    named = {_plain(re.split(r"[\[<>=!~ ]", one)[0]) for one in NAMED}
    lines = (line for file in (ROOT / "src").rglob("*.py") for line in file.read_text().splitlines())
    found = {match[1] for line in lines if (match := re.match(r"\s*(?:from|import) (\w+)", line))}
    brought_by = metadata.packages_distributions()
    imported = {
        name: {_plain(one) for one in brought_by[name]} for name in found if name in brought_by and name != "troth"
    }
    assert {name for name, by in imported.items() if not by & named} == set()
    locked = {
        _plain(line.split("==")[0]) for line in (ROOT / "requirements.lock").read_text().splitlines() if "==" in line
    }
    assert named <= locked


def _plain(name: str) -> str:
    """As PEP 503 writes it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_lock_has_the_reader_of_workbooks_that_is_overridden() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    assert "xlrd==2.0.2" in lock
    assert metadata.version("xlrd") == "2.0.2"
    import pyxform.xls2json_backends

    assert pyxform.xls2json_backends.xls_to_dict
