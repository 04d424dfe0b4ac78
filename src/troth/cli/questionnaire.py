"""`troth questionnaire`: writing a questionnaire, looking at it, taking it elsewhere. Nothing here touches an installation."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from troth.authoring.check import check as check_text
from troth.authoring.diagram import diagram as draw
from troth.authoring.dummy import columns_of, people
from troth.authoring.kept import kept
from troth.authoring.printed import Helper, printed
from troth.authoring.schema import published
from troth.authoring.scripts import MOST_STATES, coverage, named
from troth.authoring.scripts import scripts as make_scripts
from troth.authoring.told import read_told
from troth.authoring.walk import as_json as walk_as_json
from troth.authoring.walk import walk as walk_through
from troth.cli import exchange
from troth.cli.options import Json, give, say
from troth.cli.questionnaire_file import (
    File,
    Language,
    loaded,
    path_of,
    read_file,
    text_of,
    translation_into,
    write_file,
)
from troth.kit.clock import SystemClock
from troth.kit.errors import Refused
from troth.questionnaire.document import read_document, validate
from troth.study.catalogue import read_catalogue
from troth.study.words import Support

if TYPE_CHECKING:
    from troth.questionnaire import Translate

app = typer.Typer(help="Write a questionnaire, look at it, take it elsewhere.", no_args_is_help=True)
app.command("import")(exchange.import_)
app.command("export")(exchange.export)
app.command("translate")(exchange.translate)
app.command("translations")(exchange.translations)
Out = Annotated[Path, typer.Option("--out", help="The file to write.")]


@app.command()
def check(
    file: File,
    catalogues: Annotated[
        list[Path] | None,
        typer.Option("--catalogue", help="A translation, named <language>.po; what it lacks is told."),
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Say everything that is wrong or doubtful: file:line:column, what, mend. Status 1 where an error refuses it."""
    path, text = text_of(file)
    known: dict[str, Translate] = {}
    for catalogue in catalogues or ():
        known[catalogue.stem] = read_catalogue(read_file(catalogue), catalogue.stem, catalogue.name)
    found = check_text(text, path.name, known)
    rows = [
        {"rule": one.rule, "severity": one.severity, "where": one.where, "what": one.what, "mend": one.mend}
        for one in found.findings
    ]
    lines = [f"{one.where}: {one.severity}: {one.what}. {one.mend}." for one in found.findings]
    give(
        {"findings": rows, "errors": found.errors},
        as_json=as_json,
        text="\n".join(lines) or f"{path.name}: nothing found",
    )
    if found.errors:
        raise typer.Exit(1)


@app.command()
def walk(
    file: File,
    answers: Annotated[Path, typer.Option("--answers", help="What is answered: a JSON file, {answer_id: value}.")],
    language: Language = "en",
    *,
    as_json: Json = False,
) -> None:
    """Walk through as somebody who gives these answers: the pages, their words, the messages of the first page that is wrong."""
    q = loaded(file).questionnaire
    told = read_told(read_file(answers), answers.name)
    walked = walk_through(q, told, translation_into(file, language))
    lines: list[str] = []
    for page in walked.pages:
        lines.append(f"{page.page}{f' (round {page.round})' if page.round else ''}: {page.title}")
        lines += [f"    ! {message}" for message in page.messages]
    lines.append("finished" if walked.finished else "not finished")
    lines += [f"unused: {', '.join(walked.unused)}"] if walked.unused else []
    give(walk_as_json(walked), as_json=as_json, text="\n".join(lines))


@app.command()
def facts(file: File, *, as_json: Json = False) -> None:
    """Show which earlier answers are kept for later rules, page by page: what the sealed progress holds while one is there."""
    rows = kept(loaded(file).questionnaire)
    result = [
        {
            "page": one.page,
            "section": one.section,
            "kept": dict(zip(one.answers, map(list, one.for_pages), strict=True)),
        }
        for one in rows
    ]
    lines = [f"{one.page}: {', '.join(one.answers) or 'nothing'}" for one in rows]
    give({"pages": result}, as_json=as_json, text="\n".join(lines))


@app.command()
def schema() -> None:
    """Print the JSON Schema of questionnaire.yaml, for editors that complete and check while somebody writes."""
    typer.echo(published(), nl=False)


@app.command()
def scripts(
    file: File,
    out: Annotated[Path, typer.Option("--out", help="The folder to write into.")],
    most: Annotated[int, typer.Option("--states", min=1, max=1_000_000, help="Where the search ends.")] = MOST_STATES,
    *,
    as_json: Json = False,
) -> None:
    """Write answers that together take every way through: files for `walk`, and what was not reached."""
    found = make_scripts(loaded(file).questionnaire, most)
    out.mkdir(parents=True, exist_ok=True)
    if any(out.iterdir()):
        raise Refused("the folder is not empty", where=str(out), mend="Name a new folder")
    index = []
    for number, script in enumerate(found.scripts, 1):
        name = f"{'check' if script.fails else 'route'}_{number:03}.json"
        write_file(out / name, json.dumps(script.told, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
        index.append({"file": name, "reaches": [named(goal) for goal in script.reaches]})
    line = coverage(found)
    result = {
        "scripts": index, "coverage": line, "reached": len(found.reached), "bounded": found.bounded,
        "not_reached": [named(goal) for goal in found.not_reached],
    }  # fmt: skip
    write_file(out / "coverage.json", json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    give(
        result, as_json=as_json, text="\n".join([line, *(f"not reached: {named(goal)}" for goal in found.not_reached)])
    )


@app.command()
def dummy(
    file: File,
    out: Out,
    count: Annotated[int, typer.Option("-n", min=1, max=1_000_000, help="How many people who do not exist.")] = 100,
    seed: Annotated[int, typer.Option("--seed", help="The same seed, the same file.")] = 7,
    *,
    as_json: Json = False,
) -> None:
    """Write dummy microdata, with the columns of the codebook: nobody said any of it, and its first column says so."""
    q = loaded(file).questionnaire
    with out.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, columns_of(q))
        writer.writeheader()
        writer.writerows(people(q, count, seed))
    give({"rows": count, "file": str(out)}, as_json=as_json, text=f"{count} people who do not exist in {out}")


@app.command()
def diagram(file: File, out: Out, *, as_json: Json = False) -> None:
    """Draw the route: pages, sections, conditions, ways that skip; an SVG that can be read aloud too."""
    write_file(out, draw(loaded(file).questionnaire))
    give({"file": str(out)}, as_json=as_json, text=str(out))


@app.command("print")
def print_(file: File, out: Out, *, as_json: Json = False) -> None:
    """Print it for an ethics board: every page as it is asked, when, and what is kept of it; a tagged PDF."""
    found = loaded(file)
    out.write_bytes(printed(found.questionnaire, SystemClock().today(), _support(found.file)))
    give({"file": str(out)}, as_json=as_json, text=str(out))


@app.command()
def preview(
    file: File,
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="On this machine only.")] = 8100,
    host: Annotated[
        str, typer.Option("--host", help="An address of this machine that only it can reach.")
    ] = "127.0.0.1",
) -> None:
    """Show the real pages on this machine only, and again when the file changes. Answers lie in memory, and nothing is kept."""
    from troth.wiring.preview import serve_preview  # noqa: PLC0415 - a server, and only this command needs one

    serve_preview(path_of(file), host, port, ready=say)


def _support(questionnaire: Path) -> tuple[Helper, ...]:
    """The organisations in the support.yaml beside the questionnaire."""
    file = questionnaire.parent / "support.yaml"
    if not file.is_file():
        return ()
    document = read_document(read_file(file), file.name)
    support = validate(Support, document, document.data)
    return tuple(
        Helper(one.name, one.about, ", ".join(part for part in (one.phone, one.url) if part))
        for one in support.organisations
    )
