"""A signed file opens for whom it is for, says who signed it, and no head passes for that of another kind."""

from __future__ import annotations

import hashlib

import pytest

from troth.fieldwork import batch, receipts
from troth.kit.errors import CannotOpen, Invalid
from troth.protocol.age import new_age_identity, open_age, seal_age
from troth.protocol.chain import new_signing, sign

HEAD, LINES = b'{"format":"x"}', [b"one", b"", b"two"]
IDENTITY, RECIPIENT = new_age_identity()
SIGNING, CHECKING = new_signing()


@pytest.mark.parametrize(
    ("frame", "label"),
    [(batch.FRAME, b"troth letters manifest\0"), (receipts.FRAME, b"troth receipts manifest\0")],
)
def test_what_lies_in_it_is_head_signature_and_lines(frame: batch.Frame, label: bytes) -> None:
    """The bytes are written down here: files that wait must open for the next version too."""
    data = frame.seal(HEAD, LINES, SIGNING, RECIPIENT)
    signature = sign(SIGNING, label + hashlib.sha256(HEAD).digest()).hex().encode()
    assert open_age(IDENTITY, data) == HEAD + b"\n" + signature + b"\none\n\ntwo"
    assert frame.open(data, IDENTITY, CHECKING) == (HEAD, LINES)


def test_another_kind_another_signer_another_head_and_what_is_no_file_are_refused() -> None:
    data = batch.FRAME.seal(HEAD, LINES, SIGNING, RECIPIENT)
    _, signature, *lines = open_age(IDENTITY, data).split(b"\n")
    with pytest.raises(CannotOpen, match="not signed"):
        receipts.FRAME.open(data, IDENTITY, CHECKING)
    with pytest.raises(CannotOpen, match="not signed"):
        batch.FRAME.open(data, IDENTITY, new_signing()[1])
    with pytest.raises(CannotOpen):
        batch.FRAME.open(data, new_age_identity()[0], CHECKING)
    for inside, says in (
        ([HEAD + b" ", signature, *lines], "not signed"),
        ([HEAD, b"no hex", *lines], "not a batch"),
        ([HEAD], "not a batch"),
    ):
        with pytest.raises(CannotOpen, match=says):
            batch.FRAME.open(seal_age([RECIPIENT], b"\n".join(inside)), IDENTITY, CHECKING)


@pytest.mark.parametrize(("head", "line"), [(b"a\nb", b"c"), (b"a", b"b\nc")])
def test_a_line_break_is_refused(head: bytes, line: bytes) -> None:
    with pytest.raises(Invalid, match="line break"):
        batch.FRAME.seal(head, [line], SIGNING, RECIPIENT)
