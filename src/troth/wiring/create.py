"""A new installation: a folder with the study pack, one key folder and one settings file per role, and empty vaults.

On one machine everything lies under one home. In production each host gets only its own roles' parts of it; nothing in any
settings file names a vault or a key folder of another role.
"""

from __future__ import annotations

import json
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path  # noqa: TC003 - dataclass field
from typing import TYPE_CHECKING, Final

from troth.keys.folder import KeyFolder
from troth.keys.ring import Ring
from troth.kit.errors import Invalid, Refused
from troth.protocol.age import new_age_identity, seal_age
from troth.protocol.blind import issuer_public, new_issuer
from troth.protocol.blind_index import new_index_key
from troth.protocol.boxes import analysis_public, new_analysis_seed
from troth.protocol.chain import new_signing
from troth.protocol.cookie import new_cookie_key
from troth.protocol.names import AgeRecipient
from troth.protocol.parcel import new_recipient
from troth.protocol.root import new_pepper
from troth.protocol.shamir import join, split
from troth.storage.database import Database
from troth.storage.migrations import upgrade
from troth.study import load_pack
from troth.wiring.collection import RECEIPTS
from troth.wiring.grants import Cluster
from troth.wiring.kept import Replicas
from troth.wiring.keyring import RECEIPTS_KEY, Keys
from troth.wiring.settings import ROLES, Origins, Serve, Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from troth.study import StudyPack

VAULTS: Final = ("sample", "responses", "vouchers", "interviews", "holds", "ledger")
MARK: Final = "demonstration"
"""An empty file of this name in a folder says that the folder is a demonstration's, made anew each time."""
LEDGER_WRITERS: Final = ("load", "letters", "flush", "vouchers", "interviews", "holds", "findings", "assurance")
SHARES: Final = 3
THRESHOLD: Final = 2


@dataclass(frozen=True)
class Places:
    """Where an installation's parts lie."""

    home: Path

    def keys(self, role: str) -> Path:
        """A role's key folder."""
        return self.home / "keys" / role

    @property
    def study(self) -> Path:
        """The study pack."""
        return self.home / "study"

    @property
    def replica(self) -> Path:
        """The replicas: to be moved to another disk in production."""
        return self.home / "replica"

    def vault(self, name: str) -> Path:
        """The folder of a SQLite vault: one each, so that a process can be shut in with its own."""
        return self.home / "vaults" / name


def sqlite_urls(home: Path) -> dict[str, str]:
    """Vault -> URL of a SQLite file of its own under the home."""
    return {name: f"sqlite:///{Places(home).vault(name) / (name + '.db')}" for name in VAULTS}


def host_of(role: str) -> str:
    """How a browser on this machine names a served role.

    Cookies know no ports: on one name the claim site would be sent the respond site's cookie, which it cannot open and must
    not get (P15, P23). Two names of this machine are two sites, as they are in production.
    """
    return "127.0.0.1" if role in {"claim", "issuer"} else "localhost"


def create(
    home: Path,
    pack_folder: Path,
    *,
    cluster: Cluster | None = None,
    origins: Origins | None = None,
    ports: Mapping[str, int] | None = None,
    provider: str | None = None,
    say: Callable[[str], None] = lambda _text: None,
) -> StudyPack:
    """The installation stands under `home`: keys made, analysis key split 2 of 3 and rehearsed, vaults with their schema.

    Args:
        home: a folder that is not there yet, or is empty but for a demonstration's mark.
        pack_folder: the study pack; it is copied, checked first.
        cluster: a PostgreSQL server whose roles and databases are there (`troth grants`); SQLite files under `home` by default.
        origins: the sites' origins; this machine's names by default (`host_of`).
        ports: role -> port for served roles.
        provider: the voucher provider's own recipient (`age1…`), whom orders are sealed to. Only for a demonstration may it
            be left out: then an identity for the provider is made here.
        say: told each step.

    Raises:
        Refused: something is there already, or a study of real people has no provider. Invalid: the pack (file, line, column,
            mend) or the recipient is broken. Nothing was made.

    """
    home = home.resolve()
    if home.exists() and any(path.name != MARK for path in home.iterdir()):
        raise Refused(
            "the folder is not empty", where=str(home), mend="name a new folder; an installation is never overwritten"
        )
    pack = load_pack(pack_folder)
    recipient = _provider(pack, provider)
    places = Places(home)
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    shutil.copytree(pack_folder, places.study)
    say("study pack checked and copied")
    make_keys(places, pack, recipient)
    say("keys made; analysis key split 2 of 3, every pair of shares tried")
    ports = ports or {"respond": 8001, "claim": 8002, "public": 8003, "issuer": 8004}
    at = {role: f"http://{host_of(role)}:{port}" for role, port in ports.items()}
    origins = origins or Origins(respond=at["respond"], claim=at["claim"], public=at["public"], issuer=at["issuer"])
    flat, urls = sqlite_urls(home), cluster.urls() if cluster else None
    for role, allowed in ROLES.items():
        mine = urls[role] if urls else {name: flat[name] for name in sorted(allowed)}
        serve = Serve(port=ports[role]) if role in ports else None
        settings = Settings(
            role=role, home=home, study=places.study, keys=places.keys(role), public_keys=places.keys("public"),
            vaults=dict(mine), serve=serve, origins=origins, replica=places.replica,
            evidence=home / "evidence" / "evidence.json",
        )  # fmt: skip
        write_settings(home / "settings" / f"{role}.toml", settings)
    (home / "evidence").mkdir()
    for queue in ("outbox", *([RECEIPTS] if pack.reminders == "targeted" else [])):
        (home / queue).mkdir(mode=0o700)
    write_owners(home, urls["owner"] if urls else flat, cluster)
    for name in VAULTS:
        if not urls:
            places.vault(name).mkdir(parents=True, mode=0o700)
        database = Database((urls["owner"] if urls else flat)[name], vault=name)
        upgrade(database)
        if cluster:
            cluster.apply(database)
        database.close()
    Replicas(places.replica).begin()
    say("vaults made, and their replicas begun")
    return pack


def write_owners(home: Path, urls: Mapping[str, str], cluster: Cluster | None) -> None:
    """How each vault's owner opens it, for migrations: a file of its own that no role reads."""
    where = {"host": cluster.host, "port": cluster.port, "prefix": cluster.prefix} if cluster else None
    (home / "owners.json").write_text(
        json.dumps({"vaults": dict(urls), "cluster": where}, indent=1) + "\n", encoding="utf-8"
    )


def read_owners(home: Path) -> tuple[dict[str, str], Cluster | None]:
    """Vault -> the owner's URL, and the PostgreSQL server where it is one. Raises Invalid: not there, or not such a file."""
    try:
        found = json.loads((home / "owners.json").read_text(encoding="utf-8"))
        return dict(found["vaults"]), Cluster(**found["cluster"]) if found["cluster"] else None
    except (OSError, ValueError, KeyError, TypeError):
        raise Invalid(
            "there is no owners.json that can be read", where=str(home), mend="run this where `troth study new` ran"
        ) from None


def _provider(pack: StudyPack, named: str | None) -> AgeRecipient | None:
    """Whom voucher orders are sealed to; None: an identity is made, which only a demonstration may have (P25)."""
    if named is None:
        if not pack.demonstration:
            raise Refused(
                "a study of real people needs the voucher provider's own recipient",
                where=f"study {pack.id}",
                mend="ask the provider for it, and name it with --provider age1…",
            )
        return None
    try:
        seal_age([AgeRecipient(named)], b"")
    except Invalid:
        raise Invalid(
            "the voucher provider's recipient is malformed",
            where="--provider",
            mend="it begins with age1; copy it whole",
        ) from None
    return AgeRecipient(named)


def make_keys(places: Places, pack: StudyPack, provider: AgeRecipient | None = None) -> None:
    """Every role holds its keys and no other's (docs/protocol.md has the table). Without `provider` it gets an identity here."""
    here = ("printroom", "provider") if provider is None else ("printroom",)
    folder = {role: KeyFolder(places.keys(role)) for role in (*ROLES, "public", *here[1:])}
    for holder in folder.values():
        holder.path.mkdir(parents=True, mode=0o700)
    public = folder["public"]

    pepper = new_pepper()
    for role in ("load", "respond"):
        folder[role].put("pepper", "pepper", pepper)
    folder["respond"].put("cookie", "cookie", new_cookie_key())

    _make_analysis_key(places, public)

    token = secrets.token_bytes(32)
    for role in ("respond", "issuer"):
        folder[role].put("issuer-token", "issuer-token", token)
    for purpose in ("voucher", "interview"):
        private = new_issuer()
        folder["issuer"].put(f"issuer-{purpose}", "issuer-private", private)
        public.put(f"issuer-{purpose}.pub", "issuer-public", issuer_public(private))

    index = new_index_key()
    for role in ("load", "custodian"):
        folder[role].put("index", "index", index)

    for name in ("printroom", "custodian"):
        opening, sealing = new_recipient()
        folder[name].put(name, "recipient-private", opening)
        public.put(f"{name}.pub", "recipient-public", sealing)
    Keys(folder["printroom"], public).keep_printroom_until(pack.retention.contact.latest)
    if provider is not None:
        public.put("provider.age.pub", "age-recipient", provider.encode())
    for name in here:
        identity, recipient = new_age_identity()
        folder[name].put(f"{name}.age", "age-identity", identity.encode())
        public.put(f"{name}.age.pub", "age-recipient", recipient.encode())

    if pack.reminders == "targeted":
        identity, recipient = new_age_identity()
        folder["letters"].put(RECEIPTS_KEY, "age-identity", identity.encode())
        public.put(f"{RECEIPTS_KEY}.pub", "age-recipient", recipient.encode())

    signing, checking = new_signing()
    for role in LEDGER_WRITERS:
        folder[role].put("ledger", "ledger-private", signing)
    public.put("ledger.pub", "ledger-public", checking)

    kept = pack.retention
    Ring("contact", folder["letters"], public).ensure(kept.contact.latest)
    Ring("voucher", folder["vouchers"], public).ensure(kept.vouchers.latest)
    Ring("interview", folder["interviews"], public).ensure(kept.interviews.latest)


def _make_analysis_key(places: Places, public: KeyFolder) -> None:
    """The seed exists in this function only; outside it there are three shares, and every pair was tried."""
    seed = new_analysis_seed()
    shares = split(seed, threshold=THRESHOLD, shares=SHARES)
    for first in range(SHARES):
        for second in range(first + 1, SHARES):
            if join([shares[first], shares[second]]) != seed:
                raise Refused(
                    "a pair of shares does not join", where="analysis key", mend="make the installation again"
                )
    for number, share in enumerate(shares, start=1):
        KeyFolder(places.home / "keys" / f"share-{number}").put("analysis", "share", share.show().encode())
    public.put("analysis.pub", "analysis-public", analysis_public(seed))


def write_settings(path: Path, settings: Settings) -> None:
    """The settings stand in that file as TOML."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    lines = [
        f"{name} = {_quoted(getattr(settings, name))}" for name in ("role", "home", "study", "keys", "public_keys")
    ]
    if settings.replica:
        lines.append(f"replica = {_quoted(settings.replica)}")
    if settings.evidence:
        lines.append(f"evidence = {_quoted(settings.evidence)}")
    lines += ["", "[vaults]", *(f"{name} = {_quoted(url)}" for name, url in sorted(settings.vaults.items()))]
    lines += ["", "[origins]", *(f"{name} = {_quoted(value)}" for name, value in settings.origins.model_dump().items())]
    if settings.serve:
        lines += ["", "[serve]", f"host = {_quoted(settings.serve.host)}", f"port = {settings.serve.port}"]
        lines.append(f"workers = {settings.serve.workers}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _quoted(value: object) -> str:
    """A TOML basic string."""
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'
