"""An answer in its box opens only with the offline key, in its context; the strip layer comes off and changes the look."""

from __future__ import annotations

import secrets

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from troth.kit.errors import CannotOpen, Invalid, Refused
from troth.protocol.boxes import (
    ANALYSIS_OVERHEAD,
    STRIP_OVERHEAD,
    AnalysisOpener,
    AnalysisSealer,
    StripOpener,
    StripSealer,
    analysis_public,
    new_analysis_seed,
    new_strip,
)
from troth.protocol.names import AnalysisPublic, AnalysisSeed, StripPrivate, StripPublic

SEED = AnalysisSeed(bytes(range(32)))
SEALER, OPENER = AnalysisSealer(analysis_public(SEED)), AnalysisOpener(SEED)
STRIP_PRIVATE, STRIP_PUBLIC = new_strip()
STRIP, UNSTRIP = StripSealer(STRIP_PUBLIC), StripOpener(STRIP_PRIVATE)


@given(st.binary(max_size=127), st.binary(max_size=40))
@settings(max_examples=40)
def test_an_answer_goes_through_both_layers_and_back(answer: bytes, context: bytes) -> None:
    box = SEALER.seal(answer, 128, context)
    outer = STRIP.seal(box, context)
    assert len(box) == 128 + ANALYSIS_OVERHEAD == 1264
    assert len(outer) == len(box) + STRIP_OVERHEAD == 1312
    assert OPENER.open(UNSTRIP.open(outer, context), context) == answer


def test_a_key_pair_is_a_function_of_its_seed() -> None:
    assert analysis_public(SEED) == analysis_public(SEED)
    assert len(analysis_public(SEED)) == 1216
    assert analysis_public(new_analysis_seed()) != analysis_public(SEED)


def test_another_seed_another_context_and_a_bare_box_do_not_open() -> None:
    box = SEALER.seal(b"answer", 128, b"page 1")
    with pytest.raises(CannotOpen):
        AnalysisOpener(new_analysis_seed()).open(box, b"page 1")
    with pytest.raises(CannotOpen):
        OPENER.open(box, b"page 2")
    outer = STRIP.seal(box, b"step 1")
    with pytest.raises(CannotOpen):
        StripOpener(new_strip()[0]).open(outer, b"step 1")
    with pytest.raises(CannotOpen):
        UNSTRIP.open(outer, b"step 2")
    with pytest.raises(CannotOpen):
        OPENER.open(outer, b"page 1")


def test_with_any_bit_changed_no_layer_opens() -> None:
    box = SEALER.seal(b"answer", 32, b"c")
    outer = STRIP.seal(b"inner", b"c")
    for sealed, opener in ((box, OPENER), (outer, UNSTRIP)):
        bits = [secrets.randbelow(8 * len(sealed)) for _ in range(60)] + [0, 8 * len(sealed) - 1]
        for bit in bits:
            changed = bytearray(sealed)
            changed[bit // 8] ^= 1 << bit % 8
            with pytest.raises(CannotOpen):
                opener.open(bytes(changed), b"c")


def test_the_bit_of_a_point_that_x25519_ignores_counts_too() -> None:
    outer = bytearray(STRIP.seal(b"inner", b"c"))
    outer[31] ^= 0x80
    with pytest.raises(CannotOpen):
        UNSTRIP.open(bytes(outer), b"c")


@pytest.mark.parametrize("length", [0, 1, 31, 32, 47, 1119, 1120, 1135])
def test_a_truncated_box_does_not_open(length: int) -> None:
    box = STRIP.seal(SEALER.seal(b"answer", 32, b"c"), b"c")
    with pytest.raises(CannotOpen):
        OPENER.open(box[:length], b"c")
    with pytest.raises(CannotOpen):
        UNSTRIP.open(box[:length], b"c")


def test_a_point_of_low_order_does_not_open() -> None:
    with pytest.raises(CannotOpen):
        UNSTRIP.open(bytes(32) + bytes(48), b"c")


def test_equal_answers_look_different_and_stripping_changes_every_byte_that_was_stored() -> None:
    first, second = SEALER.seal(b"a", 32, b"c"), SEALER.seal(b"a", 32, b"c")
    assert first != second
    outer = STRIP.seal(first, b"c")
    assert not any(first[i : i + 8] in outer for i in range(0, len(first), 8))


def test_an_answer_that_does_not_fit_is_refused() -> None:
    with pytest.raises(Refused):
        SEALER.seal(bytes(32), 32, b"c")


def test_malformed_keys_are_refused() -> None:
    with pytest.raises(Invalid):
        AnalysisSealer(AnalysisPublic(bytes(1215)))
    with pytest.raises(Invalid):
        AnalysisSealer(AnalysisPublic(b"\xff" * 1216))
    with pytest.raises(Invalid):
        AnalysisOpener(AnalysisSeed(bytes(31)))
    with pytest.raises(Invalid):
        StripSealer(StripPublic(bytes(31)))
    with pytest.raises(Invalid):
        StripOpener(StripPrivate(bytes(33)))
