"""`troth questionnaire import, export, translate, translations`: from and to what other people's tools read."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from troth.authoring.translation import State, merged, read_po, read_xliff, sheet, write_po, write_xliff
from troth.authoring.translation.texts import language as language_tag
from troth.cli.options import Json, give
from troth.cli.questionnaire_file import File, loaded, read_bytes, read_file, write_file
from troth.kit.errors import Invalid
from troth.questionnaire import load

if TYPE_CHECKING:
    from troth.authoring.translation import Sheet
    from troth.authoring.translation.texts import Language
    from troth.questionnaire import Questionnaire


class Foreign(StrEnum):
    """Whose form it is."""

    xlsform = "xlsform"
    eq = "eq"


class Exported(StrEnum):
    """What an export becomes."""

    xlsform = "xlsform"


class Catalogue(StrEnum):
    """What translators work in."""

    po = "po"
    xliff = "xliff"


def import_(
    file: Annotated[Path, typer.Argument(help="An XLSForm workbook, or an eQ questionnaire in JSON.")],
    source: Annotated[Foreign, typer.Option("--from", help="xlsform, or eq (ONS eQ).")],
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            help="The YAML to write; further languages go into PO files beside it, and keep what else stands there.",
        ),
    ],
    *,
    as_json: Json = False,
) -> None:
    """Turn another system's form into a questionnaire, and say everything that it could not carry."""
    from troth.authoring.eq import import_eq  # noqa: PLC0415 - each reader only where it is needed
    from troth.authoring.xlsform import import_xlsform  # noqa: PLC0415

    data = read_bytes(file)
    made = import_xlsform(data, file.name) if source is Foreign.xlsform else import_eq(data, file.name)
    catalogues = {out.parent / f"{language}.po": text for language, text in made.catalogues.items()}
    there = {path: _over(path, text, load(made.text, out.name)) for path, text in catalogues.items() if path.is_file()}
    write_file(out, made.text)
    for path, text in {**catalogues, **there}.items():
        write_file(path, text)
    beside = [str(path) for path in catalogues]
    report = made.report
    result = {
        "pages": made.pages, "answers": made.answers, "lossless": report.lossless, "file": str(out), "catalogues": beside,
        "unsupported": [{"where": one.where, "what": one.what} for one in report.lost],
        "decide": [{"where": one.where, "what": one.what} for one in report.decide],
        "changed": [{"where": one.where, "what": one.what} for one in report.changed],
    }  # fmt: skip
    lines = [f"{made.pages} pages, {made.answers} answers in {out}"]
    lines += [f"not carried: {one.where}: {one.what}" for one in report.lost]
    lines += [f"decide: {one.where}: {one.what}" for one in report.decide]
    lines += [f"changed: {one.where}: {one.what}" for one in report.changed]
    lines.append("nothing was lost" if report.lossless else f"{len(report.lost)} things were not carried")
    give(result, as_json=as_json, text="\n".join(lines))


def export(
    file: File,
    to: Annotated[Exported, typer.Option("--to", help="xlsform.")],
    out: Annotated[Path, typer.Option("--out", help="The workbook to write.")],
    *,
    as_json: Json = False,
) -> None:
    """Turn a questionnaire into another system's form, and say everything that it could not carry."""
    from troth.authoring.xlsform import export_xlsform  # noqa: PLC0415

    found = loaded(file)
    catalogues = {}
    for path in sorted(found.file.parent.glob("*.po")):
        tag = language_tag(path.stem)
        known, lines = read_po(read_file(path), tag, path.name)
        catalogues[tag] = merged(sheet(found.questionnaire, tag), known, lines)
    assert to is Exported.xlsform
    made = export_xlsform(found.questionnaire, catalogues)
    out.write_bytes(made.workbook)
    lost = [{"where": one.where, "what": one.what} for one in made.report.lost]
    result = {"file": str(out), "unsupported": lost, "lossless": made.report.lossless}
    text = "\n".join([str(out), *(f"not carried: {one.where}: {one.what}" for one in made.report.lost)])
    give(result, as_json=as_json, text=text)


def translate(
    file: File,
    out: Annotated[Path, typer.Option("--out", help="The folder to write into.")],
    language: Annotated[str, typer.Option("--language", help="Into which language: cy, pt-BR.")],
    to: Annotated[Catalogue, typer.Option("--to", help="po or xliff.")] = Catalogue.po,
    known: Annotated[
        Path | None,
        typer.Option(
            "--known", help="What is translated already: a PO or XLIFF file. By default <language>.po beside FILE."
        ),
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Write every text for a translator, with the places where it stands and how far it is."""
    found = loaded(file)
    tag = language_tag(language)
    beside = found.file.parent / f"{tag}.po"
    source = known or (beside if beside.is_file() else None)
    made = _read(found.questionnaire, source, tag) if source else sheet(found.questionnaire, tag)
    out.mkdir(parents=True, exist_ok=True)
    name = out / f"{tag}.{'po' if to is Catalogue.po else 'xlf'}"
    write_file(name, write_po(made) if to is Catalogue.po else write_xliff(made))
    _tell(made, as_json=as_json, more={"file": str(name)})


def translations(
    file: File,
    source: Annotated[Path, typer.Option("--in", help="What came back: FILE.po or FILE.xlf.")],
    language: Annotated[str, typer.Option("--language", help="By default the name of the file: cy.po.")] = "",
    out: Annotated[
        Path | None,
        typer.Option("--out", help="The PO to write; what stands there and is not of this questionnaire stays."),
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Read what a translator gave back: each text translated, for review or missing, and how far the language is."""
    q = loaded(file).questionnaire
    tag = language_tag(language or source.stem)
    made = _read(q, source, tag)
    if out is not None:
        write_file(out, write_po(made, also=_others(made, out, tag)))
    _tell(made, as_json=as_json, more={"strange": list(made.strange)})


def _over(path: Path, text: str, q: Questionnaire) -> str:
    """The catalogue, with what stood in the file and is not of this questionnaire: a pack's letters and notice are in it too."""
    tag = language_tag(path.stem)
    (brought, lines), (there, _) = read_po(text, tag, path.name), read_po(read_file(path), tag, path.name)
    fresh = merged(sheet(q, tag), {**there, **{source: said for source, said in brought.items() if said[0]}}, lines)
    return write_po(fresh, also=_others(fresh, path, tag))


def _others(made: Sheet, out: Path, tag: Language) -> dict[str, tuple[str, State]]:
    """The texts of the pack that the file has already and that are not of the questionnaire."""
    if not out.is_file():
        return {}
    known, _ = read_po(read_file(out), tag, out.name)
    own = {unit.source for unit in made.units}
    return {source: said for source, said in known.items() if source not in own}


def _read(q: Questionnaire, source: Path, tag: Language) -> Sheet:
    data = read_bytes(source)
    if source.suffix.lower() in {".xlf", ".xliff"}:
        return merged(sheet(q, tag), *read_xliff(data, source.name))
    if source.suffix.lower() != ".po":
        raise Invalid("neither PO nor XLIFF", where=f"{source.name}:1:1", mend="Name a .po, .xlf or .xliff file")
    return merged(sheet(q, tag), *read_po(read_file(source), tag, source.name))


def _tell(made: Sheet, *, as_json: bool, more: dict[str, object]) -> None:
    coverage = made.coverage
    rows = [{"text": one.source, "places": list(one.places), "state": one.state.value} for one in made.units]
    result = {
        "language": made.language, "translated": coverage.translated, "needs_review": coverage.needs_review,
        "missing": coverage.missing, "strings": rows, **more,
    }  # fmt: skip
    lines = [
        f"{one.state.value}: {one.places[0]}: {one.source[:70]}"
        for one in made.units
        if one.state is not State.translated
    ]
    give(result, as_json=as_json, text="\n".join([*lines, coverage.line(made.language)]))
