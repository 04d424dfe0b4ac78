"""`troth keys`: who holds what, and whether the shares of the analysis key still open."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Annotated

import typer

from troth.cli.options import Home, Json, give, say
from troth.findings.opening import analysis_seed
from troth.keys.folder import KeyFolder
from troth.kit.clock import SystemClock
from troth.kit.errors import Refused
from troth.wiring.open import opened

app = typer.Typer(
    help="Keys: who holds what; whether the shares open. Keys are made by `troth study new`.", no_args_is_help=True
)


@app.command("list")
def list_(home: Home, *, as_json: Json = False) -> None:
    """Say which keys each role's folder under this home holds, by name and kind; never a byte of a key."""
    found = {}
    for folder in sorted(path for path in (home / "keys").iterdir() if path.is_dir()):
        holder = KeyFolder(folder)
        found[folder.name] = {name: (folder / name).read_text().split()[1] for name in holder.names()}
    lines = [
        f"{role}: {', '.join(f'{name} ({kind})' for name, kind in keys.items()) or 'none'}"
        for role, keys in found.items()
    ]
    give(found, as_json=as_json, text="\n".join(lines))


@app.command()
def fingerprint(home: Home, *, as_json: Json = False) -> None:
    """The fingerprints of the public keys, to compare by phone before anything is sealed to them."""
    public = KeyFolder(home / "keys" / "public")
    kinds = {name: (public.path / name).read_text().split()[1] for name in public.names()}
    found = {name: public.fingerprint(name, kind) for name, kind in kinds.items()}
    give(found, as_json=as_json, text="\n".join(f"{value}  {name}" for name, value in found.items()))


@app.command()
def rehearse(
    home: Home,
    share: Annotated[list[Path], typer.Option("--share", help="A key folder that holds a share; give all there are.")],
    *,
    as_json: Json = False,
) -> None:
    """Try every pair of these shares against the study's analysis key, before launch and whenever a holder changes. Opens nothing."""
    shares = {folder: KeyFolder(folder).get("analysis", "share").decode() for folder in share}
    if len(shares) < 2:  # noqa: PLR2004 - a pair
        raise Refused("a rehearsal needs at least two shares", where="keys rehearse", mend="name each with --share")
    pairs = list(itertools.combinations(shares, 2))
    with opened(home, "assurance", SystemClock()) as work:
        for first, second in pairs:
            analysis_seed([shares[first], shares[second]], work.keys.analysis_public())
            say(f"{first.name} and {second.name}: they open")
    give({"pairs": len(pairs)}, as_json=as_json, text=f"{len(pairs)} pairs tried, all open")
