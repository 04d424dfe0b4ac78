"""The print room, composed: its own keys, the built fonts, its journal, and no vault at all."""

from __future__ import annotations

import time
import tomllib
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

from troth.fieldwork.letter.sheet import Sites
from troth.fieldwork.printing import PrintRoom
from troth.fieldwork.printroom.destroy import Destroying
from troth.fieldwork.printroom.journal import Journal
from troth.fieldwork.printroom.notify import URL, Notify
from troth.fieldwork.printroom.sftp import Credential, Destination
from troth.fieldwork.printroom.sheaves import Sheaves
from troth.kit.errors import Invalid, KeyMissing, Refused
from troth.kit.steps import quietly
from troth.protocol.names import AgeRecipient
from troth.wiring.keyring import PRINTROOM_SECRETS

if TYPE_CHECKING:
    from collections.abc import Callable

    from troth.wiring.open import Opened


class Sftp(BaseModel):
    """The printer's server."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    host: str
    user: str
    host_key: str
    port: int = 22
    folder: str = "."


class Outputs(BaseModel):
    """What `HOME/printroom/outputs.toml` says, where there is one."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    recipient: str | None = None
    """The printer's age recipient: files are sealed to it before they lie on a disk."""
    notify_url: str = URL
    sftp: Sftp | None = None


def printroom_for(work: Opened, *, progress: Callable[[int, int], None] = quietly) -> PrintRoom:
    """The role `printroom` at work."""
    return PrintRoom(
        pack=work.pack,
        identity=work.keys.age_identity("printroom"),
        private=work.keys.recipient("printroom"),
        signed_by=work.keys.ledger_public(),
        sites=sites_for(work),
        fonts=letter_fonts(),
        progress=progress,
    )


def sites_for(work: Opened) -> Sites:
    """Where letters send people."""
    return Sites(work.settings.origins.respond, work.settings.origins.public)


def letter_fonts() -> Path:
    """The folder of the built letter fonts."""
    return Path(str(resources.files("troth"))) / "web" / "static" / "letter"


def outputs(work: Opened) -> Outputs:
    """Where the print room's files may go. Raises Invalid: `outputs.toml` is broken."""
    file = _folder(work) / "outputs.toml"
    if not file.exists():
        return Outputs()
    try:
        return Outputs.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except (OSError, tomllib.TOMLDecodeError, ValidationError):
        raise Invalid("outputs.toml cannot be read", where=str(file), mend="docs/letters.md shows one") from None


def journal_for(work: Opened) -> Journal:
    """The print room's journal."""
    return Journal(_folder(work))


def sheaves_for(work: Opened, *, progress: Callable[[int, int], None] = quietly) -> Sheaves:
    """The print room, writing files."""
    recipient = outputs(work).recipient
    return Sheaves(
        printroom_for(work, progress=progress),
        journal_for(work),
        work.clock,
        AgeRecipient(recipient) if recipient else None,
    )


def notify_for(
    work: Opened, *, progress: Callable[[int, int], None] = quietly, wait: Callable[[float], None] = time.sleep
) -> Notify:
    """The print room, sending through GOV.UK Notify. Raises KeyMissing: `troth print key notify` was not run."""
    key = work.keys.notify_key()
    return Notify(
        printroom_for(work, progress=progress), journal_for(work), work.clock, key, outputs(work).notify_url, wait=wait
    )


def destination_for(work: Opened, host: str) -> tuple[Destination, Credential]:
    """The printer's server of that name, and what lets us in. Raises Refused: another host; KeyMissing: no key and no password."""
    sftp = outputs(work).sftp
    if sftp is None or sftp.host != host:
        raise Refused(
            "files go only to the host whose key is pinned",
            where=host,
            mend="write it into outputs.toml (docs/letters.md)",
        )
    if key := work.keys.sftp_key():
        by = Credential(key=key)
    elif password := work.keys.sftp_password():
        by = Credential(password=password)
    else:
        raise KeyMissing(
            "there is neither a key nor a password for the printer", where=host, mend="run `troth print key sftp`"
        )
    return Destination(sftp.host, sftp.user, sftp.host_key, sftp.port, sftp.folder), by


def keep(work: Opened, name: str, value: str) -> None:
    """That secret is in the print room's key folder. Raises Refused: no such secret, an empty one, or one is there already."""
    if name not in PRINTROOM_SECRETS or not value.strip():
        raise Refused(
            "there is no such key to keep",
            where="print key",
            mend=f"one of {', '.join(PRINTROOM_SECRETS)}, on standard input",
        )
    work.keys.folder.put(*PRINTROOM_SECRETS[name], (value.strip() + ("\n" if name == "sftp" else "")).encode())


def destroying(work: Opened) -> Destroying:
    """The print room, destroying what was posted and attesting it."""
    return Destroying(journal_for(work), work.clock, work.keys.attest(), _folder(work) / "attestations", work.pack.id)


def _folder(work: Opened) -> Path:
    return work.settings.home / "printroom"
