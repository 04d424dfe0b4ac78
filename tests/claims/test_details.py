"""P25, P16: what is typed is text wherever it is read, and always fits its sealed form."""

from __future__ import annotations

import pytest

from troth.claims.details import DETAILS_SIZE, Details, read_details
from troth.cli.interviews import _sheet
from troth.protocol.seal import pad


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\uff1d1+1", " =1", "\t=1"])
def test_a_name_that_a_spreadsheet_takes_for_a_formula_is_refused(name: str) -> None:
    assert read_details(name, "a@example.org")[1] == (("name", "Start your name with a letter"),)


@pytest.mark.parametrize(
    "email", ["=a@example.org", "+a@example.org", "-a@example.org", "\u0175a@example.org", "\uff1da@b.org"]
)
def test_an_email_that_is_a_formula_or_not_ascii_is_refused(email: str) -> None:
    found, errors = read_details("Angharad", email)
    assert found is None
    assert [field for field, _ in errors] == ["email"]


def test_what_is_let_through_always_fits() -> None:
    for letter in ("a", "\u0175", "\U0001f600", '"', "\\"):
        found, errors = read_details("N" + letter * 99, letter * 138 + "@example.org", "+44 29 2000 0000")
        assert found or errors
        if found:
            pad(found.encode(), DETAILS_SIZE)
    assert read_details("\ud800", "a@example.org")[0] is None


def test_ordinary_names_and_addresses_stay_as_they_are() -> None:
    found, errors = read_details("\u2019t Hooft-\u0174yn", "first.last+tag@example.org", "+44 29 2000 0000")
    assert errors == ()
    assert found is not None
    assert found.row() == ["\u2019t Hooft-\u0174yn", "first.last+tag@example.org", "0044 29 2000 0000"]


def test_the_contact_list_is_one_that_a_spreadsheet_reads() -> None:
    lines = _sheet([Details("A; B", "a@example.org", "+44 29 2000 0000")]).decode().splitlines()
    assert lines == ['"name","email","phone"', '"A; B","a@example.org","0044 29 2000 0000"']
