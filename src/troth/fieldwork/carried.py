"""What the respond site's one cookie carries, sealed: who is answering, with which keys. Never an answer, never a code."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from troth.kit.errors import CannotOpen
from troth.protocol.names import ClaimSecret, ExactKey, Handle, SessionId, StateKey, Tag

_FORM: Final = struct.Struct(">BB16s32s32s16s16s???I")
_TAG: Final = 16
_LANGUAGES: Final = ("en", "cy")


class Stage(IntEnum):
    """How far in the person is."""

    RETURNING = 1
    """The code was right and something is saved: the pause word is being asked for. No session yet."""
    ANSWERING = 2
    """A session, on a page, at the end, or with tickets."""


@dataclass(frozen=True)
class Carried:
    """121 bytes in a sealed cookie (P09): `claim_secret` is the one made here for somebody without JavaScript.

    `offered`: the pause word was offered before the hard part. `longer`: the page may be left longer. `seen`: the five minutes
    (since 1970) of the last request that kept the session; it stands here and nowhere else, for no vault may keep a time. `tag`: 16
    bytes more, of every cookie of a study whose reminders are targeted, and of no other.
    """

    stage: Stage
    handle: Handle
    state_key: StateKey = field(repr=False)
    exact_key: ExactKey = field(repr=False)
    session: SessionId = field(repr=False)
    claim_secret: ClaimSecret = field(repr=False)
    word_set: bool = False
    language: str = "en"
    offered: bool = False
    longer: bool = False
    seen: int = 0
    tag: Tag = field(default=Tag(b""), repr=False)

    def encode(self, *, seen: int | None = None) -> bytes:
        """121 bytes, or 137 where reminders are targeted; with `seen` instead of its own."""
        return _FORM.pack(
            self.stage, _LANGUAGES.index(self.language), self.handle, self.state_key, self.exact_key, self.session,
            self.claim_secret, self.word_set, self.offered, self.longer,
            self.seen if seen is None else seen,
        ) + self.tag  # fmt: skip


def decode(payload: bytes) -> Carried:
    """What `encode` made. Raises CannotOpen on anything else."""
    try:
        fixed, tag = payload[: _FORM.size], payload[_FORM.size :]
        if len(tag) not in (0, _TAG):
            raise ValueError
        stage, language, handle, state_key, exact_key, session, secret, *flags, seen = _FORM.unpack(fixed)
        word_set, offered, longer = flags
        return Carried(
            Stage(stage), Handle(handle), StateKey(state_key), ExactKey(exact_key), SessionId(session), ClaimSecret(secret),
            word_set, _LANGUAGES[language], offered, longer, seen, Tag(tag),
        )  # fmt: skip
    except (struct.error, ValueError, IndexError):
        raise CannotOpen("the cookie does not hold what it should") from None
