"""`troth serve ROLE`: one process that answers, with the machine's clock and no other."""

from __future__ import annotations

from typing import Annotated

import typer

from troth.cli.options import Home, say
from troth.kit.errors import Refused
from troth.wiring.serve import SERVED
from troth.wiring.serve import serve as serve_role


def serve(role: Annotated[str, typer.Argument(help="respond, issuer, claim or public")], home: Home) -> None:
    """Serve one role until the process is told to stop.

    The process opens its own vaults and keys and no other's; on Linux the kernel holds it to that (Landlock).
    """
    if role not in SERVED:
        raise Refused(f"there is no site {role}", where="serve", mend=f"one of {', '.join(SERVED)}")

    def ready(confined: bool) -> None:
        say(
            f"{role}: "
            + ("shut in with its own files" if confined else "NOT shut in: this kernel has no Landlock (weaker)")
        )

    serve_role(home / "settings" / f"{role}.toml", ready=ready)
