"""A questionnaire from its YAML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from troth.kit.errors import Invalid
from troth.questionnaire.document import Document, Path, Plain, read_document, validate
from troth.questionnaire.model import Questionnaire
from troth.questionnaire.structure import structure

if TYPE_CHECKING:
    from pathlib import Path as File


def load(text: str, name: str) -> Questionnaire:
    """The questionnaire that the YAML says; the engine can run it. `name` is the file's, for messages.

    Whether it keeps the promises is `troth.questionnaire.lint`'s question.

    Raises:
        Invalid: the first thing that is wrong, with file, line and column, and how to mend it.

    """
    document = read_document(text, name)
    q = validate(Questionnaire, document, _with_places(document, document.data, ()))
    for finding in structure(q):
        raise Invalid(finding.what, where=finding.where, mend=finding.mend)
    return q


def load_file(file: File) -> Questionnaire:
    """The questionnaire in a file.

    Raises:
        Invalid: as `load`, or the file cannot be read.

    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise Invalid(
            "the file cannot be read", where=f"{file.name}:1:1", mend="Check that it is there, in UTF-8"
        ) from None
    return load(text, file.name)


def _with_places(document: Document, data: Plain, path: Path) -> Plain:
    """The data, each mapping told its place, so that later findings can name it."""
    if isinstance(data, dict):
        if "where" in data:
            raise Invalid(
                "`where` is not a key that is known here", where=document.where((*path, "where")), mend="Remove it"
            )
        inner = {key: _with_places(document, value, (*path, key)) for key, value in data.items()}
        return {**inner, "where": document.where(path)}
    if isinstance(data, list):
        return [_with_places(document, value, (*path, number)) for number, value in enumerate(data)]
    return data
