"""Any two of three shares give the secret back; one tells nothing; a wrong one never gives a wrong secret."""

from __future__ import annotations

import itertools
import secrets

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from troth.kit.errors import CannotOpen, Invalid, Refused
from troth.protocol.shamir import DamagedShare, Share, join, multiply, read_share, split

SECRET = bytes(range(32))


def test_multiplication_is_that_of_fips_197() -> None:
    assert multiply(0x57, 0x83) == 0xC1
    assert multiply(0x57, 0x13) == 0xFE


def test_multiplication_agrees_with_logarithms_for_every_pair() -> None:
    """An independent construction of the same field: powers of the generator 3."""
    powers = [1]
    for _ in range(254):
        doubled = powers[-1] << 1
        powers.append((doubled ^ (0x11B if doubled & 0x100 else 0)) ^ powers[-1])
    log = {value: exponent for exponent, value in enumerate(powers)}
    assert len(log) == 255
    for a, b in itertools.product(range(256), repeat=2):
        assert multiply(a, b) == (powers[(log[a] + log[b]) % 255] if a and b else 0)


@given(st.binary(min_size=32, max_size=32))
@settings(max_examples=20, deadline=None)
def test_any_two_of_three_give_the_secret_back_in_any_order(secret: bytes) -> None:
    shares = split(secret)
    assert [share.index for share in shares] == [1, 2, 3]
    for chosen in [*itertools.permutations(shares, 2), tuple(shares)]:
        assert join(chosen) == secret


@pytest.mark.parametrize(("threshold", "number"), [(2, 2), (3, 5), (5, 5)])
def test_other_thresholds_hold(threshold: int, number: int) -> None:
    shares = split(SECRET, threshold, number)
    for chosen in itertools.combinations(shares, threshold):
        assert join(chosen) == SECRET
    for too_few in itertools.combinations(shares, threshold - 1):
        with pytest.raises(Refused):
            join(too_few)


def test_one_share_fits_every_secret() -> None:
    """Perfect secrecy, shown: over many splits, a share's bytes take every value, whatever the secret."""
    for secret in (bytes(32), b"\xff" * 32):
        seen = {byte for _ in range(400) for byte in split(secret, 2, 2)[0].value[:32]}
        assert len(seen) == 256


def test_too_few_repeated_or_mixed_shares_are_refused() -> None:
    one, two, _ = split(SECRET)
    other = split(SECRET)[1]
    for wrong in ([], [one], [one, one], [one, other], [one, two, one]):
        with pytest.raises(Refused):
            join(wrong)
    with pytest.raises(Refused):
        join([one, Share(2, 3, two.set_id, two.value)])


def test_an_altered_share_is_noticed_even_with_its_checksum_put_right() -> None:
    one, two, _ = split(SECRET)
    for at in (0, 31, 32, 39):
        value = bytearray(two.value)
        value[at] ^= 1
        altered = Share(two.index, two.threshold, two.set_id, bytes(value))
        with pytest.raises(CannotOpen):
            join([one, read_share(altered.show())])
    with pytest.raises(CannotOpen):
        join([one, Share(3, two.threshold, two.set_id, two.value)])


def test_a_share_is_read_as_it_was_written_down() -> None:
    for share in split(SECRET):
        shown = share.show()
        assert len(shown.replace(" ", "")) == 88
        assert read_share(shown) == share
        assert read_share(shown.lower().replace(" ", "-") + "\n") == share


def test_every_wrong_character_and_every_neighbour_swap_is_damage() -> None:
    text = split(SECRET)[0].show().replace(" ", "")
    for at in range(88):
        other = secrets.choice([c for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567" if c != text[at]])
        with pytest.raises(DamagedShare):
            read_share(text[:at] + other + text[at + 1 :])
        if at and text[at] != text[at - 1]:
            with pytest.raises(DamagedShare):
                read_share(text[: at - 1] + text[at] + text[at - 1] + text[at + 1 :])


@pytest.mark.parametrize("text", ["", "A", "AEBA" * 22, "ÄEBA", "0189", "A" * 88, "A" * 8000])
def test_junk_is_a_damaged_share_and_is_not_repeated(text: str) -> None:
    with pytest.raises(DamagedShare) as caught:
        read_share(text)
    assert not text[1:] or text not in str(caught.value)


def test_impossible_splits_are_refused() -> None:
    for secret, threshold, number in ((b"short", 2, 3), (SECRET, 1, 3), (SECRET, 4, 3), (SECRET, 2, 256)):
        with pytest.raises(Invalid):
            split(secret, threshold, number)


def test_a_share_has_a_redacted_repr() -> None:
    share = split(SECRET)[0]
    assert repr(share) == f"Share(index=1, threshold=2, set={share.set_id.hex()}, redacted)"
    assert share.value.hex() not in f"{share}"
