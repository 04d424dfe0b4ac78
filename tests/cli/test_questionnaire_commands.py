"""`troth questionnaire`: each command once, as somebody types it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from tests.authoring.samples import BROKEN_AT, PACK, eq, question, radio, workbook
from typer.testing import CliRunner

from troth.authoring.translation import read_po
from troth.authoring.translation.texts import language
from troth.cli.tree import app
from troth.kit.errors import Invalid, TrothError


def run(*arguments: object, status: int = 0):  # noqa: ANN201
    result = CliRunner().invoke(app, ["questionnaire", *map(str, arguments)])
    if isinstance(result.exception, TrothError):
        raise result.exception
    assert result.exit_code == status, result.output + repr(result.exception)
    return result


def told(*arguments: object, status: int = 0):  # noqa: ANN201
    return json.loads(run(*arguments, "--json", status=status).stdout)


def test_check_says_everything_and_ends_with_status_1_for_errors(tmp_path: Path) -> None:
    assert told("check", "sdcs")["errors"] == 0
    assert {one["rule"] for one in told("check", "sdcs", "--catalogue", PACK / "cy.po")["findings"]} == {"free_text"}
    part = tmp_path / "cy.po"
    words = (PACK / "cy.po").read_text()
    part.write_text(words.replace('msgid "Always safe"', 'msgid "Always sound"'))
    assert part.read_text() != words
    rules = {one["rule"] for one in told("check", "sdcs", "--catalogue", part)["findings"]}
    assert rules == {"free_text", "untranslated"}
    broken = tmp_path / "q.yaml"
    broken.write_text((PACK / "questionnaire.yaml").read_text().replace("kind: single", "kind: sing", 1))
    found = told("check", broken, status=1)
    assert found["findings"][0]["where"] == f"q.yaml:{BROKEN_AT}"
    assert set(found["findings"][0]) == {"rule", "severity", "where", "what", "mend"}


def test_scripts_are_files_that_walk_reads_in_every_language(tmp_path: Path) -> None:
    made = told("scripts", "sdcs", "--out", tmp_path / "scripts")
    assert made["not_reached"] == ["unsafe → told onward", "ways → today onward"]
    for one in made["scripts"]:
        english = told("walk", "sdcs", "--answers", tmp_path / "scripts" / one["file"])
        welsh = told("walk", PACK, "--answers", tmp_path / "scripts" / one["file"], "--language", "cy")
        assert english["finished"] is one["file"].startswith("route")
        assert [page["page"] for page in english["pages"]] == [page["page"] for page in welsh["pages"]]
        assert english["unused"] == []
    with pytest.raises(TrothError, match="not empty"):
        run("scripts", "sdcs", "--out", tmp_path / "scripts")


def test_a_language_without_a_catalogue_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{}")
    with pytest.raises(Invalid, match="cannot be read"):
        run("walk", "sdcs", "--answers", tmp_path / "a.json", "--language", "fr")


def test_facts_names_what_is_kept_on_each_page() -> None:
    pages = {one["page"]: one for one in told("facts", "sdcs")["pages"]}
    assert pages["told"]["kept"] == {"age": ["told"], "unsafe": ["told"]}


def test_schema_prints_the_published_schema() -> None:
    assert json.loads(run("schema").stdout)["title"].startswith("A questionnaire of Troth")


def test_dummy_writes_rows_that_say_that_they_are_synthetic(tmp_path: Path) -> None:
    run("dummy", "sdcs", "-n", 20, "--seed", 5, "--out", tmp_path / "d.csv")
    with (tmp_path / "d.csv").open() as handle:
        rows = list(csv.DictReader(handle))
    assert len(rows) == 20
    assert {row["synthetic"] for row in rows} == {"1"}


def test_diagram_and_print_write_files(tmp_path: Path) -> None:
    run("diagram", "sdcs", "--out", tmp_path / "d.svg")
    assert (tmp_path / "d.svg").read_text().startswith("<svg")
    run("print", "sdcs", "--out", tmp_path / "p.pdf")
    assert (tmp_path / "p.pdf").read_bytes().startswith(b"%PDF")


def test_preview_is_refused_where_others_could_reach_it() -> None:
    with pytest.raises(TrothError, match="this machine alone"):
        run("preview", "sdcs", "--host", "0.0.0.0")


def test_import_of_an_xlsform_reports_and_writes_a_questionnaire_that_checks(tmp_path: Path) -> None:
    form = tmp_path / "f.xlsx"
    form.write_bytes(
        workbook(
            [
                {
                    "type": "integer",
                    "name": "n",
                    "label::English (en)": "How many?",
                    "label::Cymraeg (cy)": "Faint?",
                    "default": "3",
                }
            ]
        )
    )
    found = told("import", form, "--from", "xlsform", "--out", tmp_path / "q.yaml")
    assert (found["pages"], found["answers"], found["lossless"]) == (1, 1, False)
    assert found["unsupported"][0]["where"] == "survey row 2"
    assert found["catalogues"] == [str(tmp_path / "cy.po")]
    run("check", tmp_path / "q.yaml", "--catalogue", tmp_path / "cy.po")
    # Given a pack's catalogue, the words of its letters and notice stay
    (tmp_path / "cy.po").write_bytes((PACK / "cy.po").read_bytes())
    told("import", form, "--from", "xlsform", "--out", tmp_path / "q.yaml")
    ours, _ = read_po((tmp_path / "cy.po").read_text(), language("cy"), "cy.po")
    before, _ = read_po((PACK / "cy.po").read_text(), language("cy"), "cy.po")
    assert ours["How many?"][0] == "Faint?"
    assert before.items() <= ours.items()


def test_import_of_an_eq_questionnaire_reports_and_writes(tmp_path: Path) -> None:
    schema = tmp_path / "s.json"
    schema.write_bytes(eq(question("q", radio("a", "Yes", "No"))))
    found = told("import", schema, "--from", "eq", "--out", tmp_path / "q.yaml")
    assert found["lossless"]
    run("check", tmp_path / "q.yaml")


def test_export_writes_a_workbook_that_comes_back(tmp_path: Path) -> None:
    found = told("export", "sdcs", "--to", "xlsform", "--out", tmp_path / "out.xlsx")
    assert found["unsupported"]
    back = told("import", tmp_path / "out.xlsx", "--from", "xlsform", "--out", tmp_path / "q.yaml")
    assert back["lossless"]
    assert back["pages"] == 16


@pytest.mark.parametrize(("to", "name"), [("po", "cy.po"), ("xliff", "cy.xlf")])
def test_a_translation_goes_out_and_comes_back(tmp_path: Path, to: str, name: str) -> None:
    out = told("translate", "sdcs", "--out", tmp_path, "--to", to, "--language", "cy")
    back = told("translations", "sdcs", "--in", tmp_path / name, "--language", "cy", "--out", tmp_path / "done.po")
    for key in ("translated", "needs_review", "missing"):
        assert out[key] == back[key]
    assert out["translated"] > 30
    assert (tmp_path / "done.po").read_text().count("msgid") > 100


def test_reading_a_translation_keeps_the_packs_other_words(tmp_path: Path) -> None:
    run("translate", "sdcs", "--out", tmp_path, "--language", "cy")
    pack = tmp_path / "pack.po"
    pack.write_text((PACK / "cy.po").read_text())
    run("translations", "sdcs", "--in", tmp_path / "cy.po", "--language", "cy", "--out", pack)
    assert 'msgstr "Arolwg plentyndod"' in pack.read_text(), "a text of the study that is not of its questionnaire"
    assert 'msgstr "Cyn i chi ddechrau"' in pack.read_text()
