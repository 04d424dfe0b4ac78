"""What the commands of questionnaires share: the file that somebody named, and the languages beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from troth.kit.errors import Invalid, Refused
from troth.questionnaire import Questionnaire, load
from troth.study import bundled
from troth.study.catalogue import read_catalogue
from troth.web.language import LANGUAGES, locale

if TYPE_CHECKING:
    from troth.questionnaire import Translate

File = Annotated[
    Path,
    typer.Argument(help="A questionnaire's YAML, or the folder of a study pack; the bundled study is called sdcs."),
]
Language = Annotated[
    str, typer.Option("--language", help="en, or a language whose catalogue (cy.po) lies beside the file.")
]
LARGEST = 20_000_000


@dataclass(frozen=True)
class Found:
    """A questionnaire and its file."""

    file: Path
    questionnaire: Questionnaire


def path_of(named: Path) -> Path:
    """The file of the questionnaire: the file itself, or the one in the pack's folder."""
    if named == Path("sdcs") and not named.exists():
        named = bundled("sdcs")
    return named / "questionnaire.yaml" if named.is_dir() else named


def text_of(named: Path) -> tuple[Path, str]:
    """The file and its text. Raises Invalid: it cannot be read."""
    path = path_of(named)
    return path, read_file(path)


def loaded(named: Path) -> Found:
    """The questionnaire that somebody named. Raises Invalid: it cannot be read, or does not load."""
    path, text = text_of(named)
    return Found(path, load(text, path.name))


def translation_into(named: Path, language: str) -> Translate:
    """What turns the study's English into the language, as the sites do: the study's own words first, then the interface's.

    Raises:
        Invalid: no catalogue of that language lies beside the file, or it is not one.

    """
    if language == "en":
        return str
    path = path_of(named).parent / f"{language}.po"
    study = read_catalogue(read_file(path), language, path.name)
    interface = next((locale(known).translate for known in LANGUAGES if known == language), None)

    def translate(text: str) -> str:
        found = study(text)
        return interface(text) if found == text and interface is not None and text else found

    return translate


def read_file(path: Path) -> str:
    """The text of a file. Raises Invalid: it is not there, too large, or not UTF-8."""
    try:
        return read_bytes(path).decode("utf-8")
    except UnicodeDecodeError:
        raise Invalid("the file cannot be read", where=f"{path.name}:1:1", mend="Save it as UTF-8") from None


def read_bytes(path: Path) -> bytes:
    """What a file holds. Raises Invalid: it is not there, or too large."""
    try:
        if path.stat().st_size > LARGEST:
            raise Invalid("the file is too large", where=f"{path.name}:1:1", mend=f"Keep it below {LARGEST} bytes")
        return path.read_bytes()
    except OSError:
        raise Invalid(
            "the file cannot be read", where=f"{path.name}:1:1", mend="Check its name, and that it is there"
        ) from None


def write_file(path: Path, text: str) -> None:
    """The file holds the text. Raises Refused: it cannot be written."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError:
        raise Refused("the file cannot be written", where=str(path), mend="Check the folder and its rights") from None
