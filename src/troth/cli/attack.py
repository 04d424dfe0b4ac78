"""`troth attack`: the linkage attacks on what a thief could carry away, from a rehearsal or from a live installation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from troth.cli.options import Json, err, give, say
from troth.cli.rehearse import bar, show_attacks
from troth.kit.clock import SystemClock
from troth.kit.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from troth.assurance.attacks.score import Scored


def attack(
    folder: Annotated[
        Path, typer.Argument(help="A rehearsal's folder, or the folder where you keep copies of an installation.")
    ],
    take: Annotated[
        Path | None,
        typer.Option("--take", help="First copy tonight's vaults, files and keys of the installation in this folder."),
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", help="Try only the attack of this name; may be repeated.")
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Try every attack on what a thief could have copied, and say how far each came. Exit status 1 if one found something.

    On a rehearsal all attacks are judged against the truth. On a live installation nobody knows the truth: there the certain attacks
    are judged, and the result is signed for `troth promises`. Take a copy a night with --take for some weeks: the more nights,
    the more the attacks see. The folder then holds copies of vaults and keys: keep it as you keep those, and delete it afterwards.
    """
    try:
        from troth.assurance.attacks.run import attack_all  # noqa: PLC0415 - needs scipy
        from troth.assurance.live import sign_told, take_tonight  # noqa: PLC0415
    except ModuleNotFoundError as missing:
        raise Refused(
            f"the package {missing.name} is not installed", where="attack", mend="pip install 'troth[assurance]'"
        ) from None
    clock = SystemClock()
    loot = folder / "loot" if (folder / "loot" / "about.json").is_file() else folder
    if take is not None:
        take_tonight(take, loot, clock)
        say(f"tonight's copy stands in {loot}")
    with bar() as progress:
        scored = attack_all(loot, only=only or (), progress=progress)
    if take is not None and not only:
        sign_told(take, loot, clock, scored)
        say("the result is signed; `troth promises` believes it for 31 days")
    if not as_json:
        show_attacks(scored)
    broken = _broken(scored)
    give({"attacks": [each.as_json() for each in scored]}, as_json=as_json, text=_said(scored, broken))
    if broken:
        for each in broken:
            err.print(f"{each.name}: {each.way or each.note}", markup=False)
        raise typer.Exit(1)


def _broken(scored: Sequence[Scored]) -> list[Scored]:
    return [each for each in scored if each.verdict in {"broken", "failed"}]


def _said(scored: Sequence[Scored], broken: Sequence[Scored]) -> str:
    judged = sum(each.verdict in {"held", "broken", "failed"} for each in scored)
    return f"{judged} attacks judged, {len(broken)} found something"
