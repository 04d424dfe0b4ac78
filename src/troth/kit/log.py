"""The log carries an allow-list of fields: an event name from this project, numbers, and ids of processes and batches.

No bodies, codes, addresses, referrers or query strings can reach it, because only these fields are ever written and each
is checked for its form. Libraries' own loggers are silenced below WARNING and their messages replaced by their names.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from troth.kit.clock import Clock

_EVENT: Final = re.compile(r"[a-z][a-z_]{1,39}\Z")
_FIELDS: Final = frozenset(
    {"role", "count", "milliseconds", "status", "route", "batch", "error", "day", "wave", "process"}
)
_VALUE: Final = re.compile(r"[A-Za-z0-9_.:/-]{1,64}\Z")


class Log:
    """Writes one JSON object a line to stderr."""

    def __init__(self, role: str, clock: Clock) -> None:
        self._role = role
        self._clock = clock

    def __call__(self, event: str, **fields: str | int) -> None:
        """One line stands in the log.

        Raises:
            ValueError: an event or field that is not on the allow-list, or a text value that is not a plain name.

        """
        if not _EVENT.match(event):
            raise ValueError("a log event is a plain name")
        for name, value in fields.items():
            if name not in _FIELDS or (isinstance(value, str) and not _VALUE.match(value)):
                raise ValueError(f"the log does not carry the field {name!r} with such a value")
        day = self._clock.today().isoformat()
        sys.stderr.write(json.dumps({"day": day, "role": self._role, "event": event, **fields}) + "\n")


class _NamesOnly(logging.Handler):
    """A library's warning becomes its logger's name and level: its text might quote a request."""

    def emit(self, record: logging.LogRecord) -> None:
        sys.stderr.write(json.dumps({"event": "library", "error": record.name[:64], "status": record.levelno}) + "\n")


def silence_libraries() -> None:
    """From here on no library writes a text of its own to the log of this process."""
    root = logging.getLogger()
    root.handlers[:] = [_NamesOnly(level=logging.WARNING)]
    root.setLevel(logging.WARNING)
