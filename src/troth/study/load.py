"""A study pack from its folder, or the first reason why it cannot be one: file, line, column, and how to mend it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from pydantic import BaseModel

from troth.kit.errors import Invalid
from troth.questionnaire import load as load_questionnaire
from troth.questionnaire.document import Document, Plain, read_document, validate
from troth.questionnaire.lint import lint
from troth.study.catalogue import read_catalogue
from troth.study.consistent import consistent
from troth.study.dates import Dates, overlay
from troth.study.pack import ENGLISH, StudyPack
from troth.study.policy import Study
from troth.study.targeted import says_so
from troth.study.words import Letters, Notice, Support

if TYPE_CHECKING:
    from troth.questionnaire import Questionnaire, Translate

_M = TypeVar("_M", bound=BaseModel)
PACKS: Final = Path(__file__).parent / "packs"
"""The packs that come with the software."""


def bundled(study: str) -> Path:
    """The folder of a pack that comes with the software.

    Raises:
        Invalid: there is none of that id.

    """
    folder = PACKS / study
    if not study.isidentifier() or not (folder / "study.yaml").is_file():
        known = ", ".join(sorted(pack.name for pack in PACKS.iterdir() if (pack / "study.yaml").is_file()))
        raise Invalid("no such study pack comes with the software", mend=f"Name a folder, or one of: {known}")
    return folder


def load_pack(folder: Path, dates: Path | None = None, *, linted: bool = False) -> StudyPack:
    """The study in that folder, its questionnaire linted, its parts agreed, its languages compiled.

    `dates` is an overlay file; without it, the folder's own `dates.yaml` is used where there is one. `linted`: these very files were
    linted a moment ago, and linting them again would only cost a worker its memory.

    Raises:
        Invalid: something is missing or wrong, with file, line, column and mend.

    """
    if not folder.is_dir():
        raise Invalid("the study pack is not there", where=folder.name, mend="Name a folder that holds a study.yaml")
    document, study = _study(folder, dates)
    for path, what, mend in consistent(study):
        raise Invalid(what, where=document.where(path), mend=mend)
    texts = {
        "letters": _part(folder, "letters.yaml", Letters),
        "notice": _part(folder, "notice.yaml", Notice),
        "support": _part(folder, "support.yaml", Support),
        "questionnaire": _questionnaire(folder, linted=linted),
        "translations": {lang: _translate(folder, lang) for lang in study.languages if lang != ENGLISH},
    }
    notice = texts["notice"]
    assert isinstance(notice, Notice)
    if not says_so(study, notice):
        raise Invalid(
            "reminders are targeted, and the notice does not say so",
            where="notice.yaml:1:1",
            mend="Add a part with only_if: targeted: who has finished is told to whoever sends the letters (P01)",
        )
    return StudyPack.model_validate({**{name: getattr(study, name) for name in Study.model_fields}, **texts})


def _study(folder: Path, dates: Path | None) -> tuple[Document, Study]:
    document = _document(folder, "study.yaml")
    data: Plain = document.data
    own = folder / "dates.yaml"
    file = dates or (own if own.is_file() else None)
    if file is not None:
        overlaid = _document(file.parent, file.name)
        data = overlay(document, validate(Dates, overlaid, overlaid.data))
    return document, validate(Study, document, data)


def _questionnaire(folder: Path, *, linted: bool) -> Questionnaire:
    q = load_questionnaire(_text(folder, "questionnaire.yaml"), "questionnaire.yaml")
    for finding in () if linted else lint(q):
        if finding.severity == "error":
            raise Invalid(finding.what, where=finding.where, mend=finding.mend)
    return q


def _translate(folder: Path, lang: str) -> Translate:
    name = f"{lang}.po"
    return read_catalogue(_text(folder, name), lang, name)


def _part(folder: Path, name: str, model: type[_M]) -> _M:
    document = _document(folder, name)
    return validate(model, document, document.data)


def _document(folder: Path, name: str) -> Document:
    return read_document(_text(folder, name), name)


def _text(folder: Path, name: str) -> str:
    try:
        return (folder / name).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Invalid(f"the study pack has no {name}", where=f"{name}:1:1", mend=_MISSING) from None
    except (OSError, UnicodeDecodeError):
        raise Invalid(
            "the file cannot be read", where=f"{name}:1:1", mend="Save it as UTF-8, readable by you"
        ) from None


_MISSING: Final = "docs/study-pack.md lists the files of a pack; the bundled study has them all"
