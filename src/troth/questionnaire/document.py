"""YAML with places: every part of a document knows its file, line and column, so that an error can name them.

The dialect is small on purpose: `yes`, `no`, `on` and dates stay words (YAML 1.1 would turn them into something else),
no anchors or aliases (a short file cannot grow into a large one), no tags, no key twice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from troth.kit.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

Plain: TypeAlias = str | int | bool | list["Plain"] | dict[str, "Plain"] | None
Path: TypeAlias = tuple[str | int, ...]

LARGEST: Final = 1_000_000
"""Characters of a document at most."""
DEEPEST: Final = 30
"""Levels of nesting at most."""

_WHOLE: Final = re.compile(r"-?(0|[1-9][0-9]{0,14})\Z", re.ASCII)
_M = TypeVar("_M", bound=BaseModel)


@dataclass(frozen=True)
class Document:
    """Plain data, and the place of each part: path → (line, column), both from 1."""

    name: str
    data: Plain
    places: Mapping[Path, tuple[int, int]]

    def where(self, path: Path) -> str:
        """`file:line:column` of the part at `path`, or of the nearest part that holds it."""
        while path and path not in self.places:
            path = path[:-1]
        line, column = self.places.get(path, (1, 1))
        return f"{self.name}:{line}:{column}"


def read_document(text: str, name: str) -> Document:
    """The document that `text` holds; `name` is the file's, for messages.

    Raises:
        Invalid: not YAML, not of this dialect, too large or too deep; with file, line and column.

    """
    if len(text) > LARGEST:
        raise Invalid("the file is too large", where=f"{name}:1:1", mend=f"Keep it below {LARGEST} characters")
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else f"{name}:1:1"
        raise Invalid(f"not readable as YAML: {error.problem or 'syntax'}", where=place, mend=_YAML_MEND) from None
    except (yaml.YAMLError, RecursionError, ValueError):
        raise Invalid("not readable as YAML", where=f"{name}:1:1", mend=_YAML_MEND) from None
    if node is None:
        raise Invalid("the file is empty", where=f"{name}:1:1", mend="Write the document, or restore the file")
    builder = _Builder(name)
    return Document(name, builder.build(node, (), 0), builder.places)


_YAML_MEND: Final = "Look at indentation, quotes and colons near that place"


class _Builder:
    def __init__(self, name: str) -> None:
        self.places: dict[Path, tuple[int, int]] = {}
        self._name = name
        self._seen: set[int] = set()

    def _wrong(self, node: yaml.Node, what: str, mend: str) -> Invalid:
        return Invalid(what, where=f"{self._name}:{node.start_mark.line + 1}:{node.start_mark.column + 1}", mend=mend)

    def build(self, node: yaml.Node, path: Path, depth: int) -> Plain:
        if id(node) in self._seen:
            raise self._wrong(node, "an alias points here", "Write the part out where it is used; aliases are not read")
        self._seen.add(id(node))
        if depth > DEEPEST:
            raise self._wrong(node, f"nested deeper than {DEEPEST} levels", "Flatten the document")
        self.places[path] = (node.start_mark.line + 1, node.start_mark.column + 1)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path, depth)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(child, (*path, number), depth + 1) for number, child in enumerate(node.value)]
        return _scalar(node)

    def _mapping(self, node: yaml.MappingNode, path: Path, depth: int) -> dict[str, Plain]:
        found: dict[str, Plain] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise self._wrong(key, "a key is one word", "Write `word: value`")
            if key.value in found:
                raise self._wrong(key, "the same key stands here twice", "Keep one of the two")
            found[key.value] = self.build(value, (*path, key.value), depth + 1)
        return found


def _scalar(node: yaml.Node) -> str | int | bool | None:
    text = str(node.value)
    if not isinstance(node, yaml.ScalarNode) or node.style is not None:  # quoted or block: always words
        return text
    if text in ("", "~", "null"):
        return None
    if text in ("true", "false"):
        return text == "true"
    return int(text) if _WHOLE.match(text) else text


def validate(model: type[_M], document: Document, data: Plain) -> _M:
    """`data` as a `model`.

    Raises:
        Invalid: the first thing that does not fit, with file, line and column; input values are never quoted.

    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
        # A misspelt key is both unknown and missing: the place where it stands helps more.
        first = next((one for one in found if one["type"] == "extra_forbidden"), found[0])
        path = _path(document, first["loc"])
        what, mend = _in_words(first["type"], first["msg"], path)
        raise Invalid(what, where=document.where(path), mend=mend) from None


def _path(document: Document, loc: tuple[str | int, ...]) -> Path:
    """The place that pydantic names, without the tags that it puts in where a part is one of several kinds."""
    path: Path = ()
    for number, part in enumerate(loc):
        if (*path, part) in document.places or number == len(loc) - 1:
            path = (*path, part)
    return path


def _in_words(kind: str, message: str, path: Path) -> tuple[str, str]:
    key = next((str(part) for part in reversed(path) if isinstance(part, str)), "document")
    if kind == "missing":
        return f"`{key}` is missing", f"Add `{key}:` here"
    if kind == "extra_forbidden":
        return f"`{key}` is not a key that is known here", "Look for a spelling mistake, or remove it"
    if kind == "union_tag_not_found":
        return "`kind` is missing", "Add `kind:` here"
    if kind == "union_tag_invalid":
        return (
            "`kind` is not one that is known",
            "Write single, multiple, number, text, date, month, year, duration or matrix",
        )
    text, _, mend = message.removeprefix("Value error, ").partition(" | ")
    return f"`{key}`: {text}", mend or "Correct the value"
