"""Every use of a key has a label of its own, framed so that no two inputs agree."""

from __future__ import annotations

import enum
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from troth.protocol.label import Label, framed

ROOT = Path(__file__).parents[2]
fields = st.lists(st.binary(max_size=8), max_size=4)


def test_two_equal_labels_stop_the_program_from_starting() -> None:
    source = (ROOT / "src/troth/protocol/label.py").read_text()
    broken = source.replace(Label.TAG.value.decode(), Label.HANDLE.value.decode())
    assert broken != source
    with pytest.raises(ValueError, match="duplicate values"):
        exec(compile(broken, "label.py", "exec"), {"__name__": "broken"})  # noqa: S102


def test_the_enumeration_is_checked() -> None:
    assert enum.verify(enum.UNIQUE)(Label) is Label
    assert all(label.value.startswith(b"troth/1 ") for label in Label)


@given(st.sampled_from(Label), fields, st.sampled_from(Label), fields)
@settings(max_examples=100)
def test_different_fields_never_frame_to_the_same_bytes(
    a: Label, left: list[bytes], b: Label, right: list[bytes]
) -> None:
    assert (framed(a, *left) == framed(b, *right)) == ((a, left) == (b, right))


def test_the_documented_labels_are_the_labels() -> None:
    page = (ROOT / "docs/protocol.md").read_text()
    documented = re.findall(r"^\| `(troth/1 [a-z ]+)` \|", page, re.MULTILINE)
    assert sorted(documented) == sorted(label.value.decode() for label in Label)


def test_every_label_is_used() -> None:
    room = ROOT / "src/troth/protocol"
    text = "".join(path.read_text() for path in room.glob("*.py") if path.name != "label.py")
    assert [label.name for label in Label if f"Label.{label.name}" not in text] == []
