"""A backup holds the sealed columns byte for byte, from either database, and nothing else of a vault."""

from __future__ import annotations

import secrets
from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert

from troth.assurance.attacks.backup import KEPT, MOST, backup_rows, read_backup
from troth.vaults.responses.schema import step
from troth.vaults.vouchers.schema import tables

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from troth.storage.database import Database


def test_a_claim_comes_back_as_it_lay(open_vault: Callable[[str], Database], tmp_path: Path) -> None:
    vault = open_vault("vouchers")
    row = {"id": secrets.token_bytes(16), "wrapped": secrets.token_bytes(80), "sealed": secrets.token_bytes(900)}
    with vault.write() as connection:
        connection.execute(insert(tables.inbox), {**row, "bucket": "voucher@2028-03-07.g1"})
    assert backup_rows(vault, "vouchers", tmp_path / "2027-01-12-vouchers.jsonl") == 1
    (found,) = read_backup(tmp_path / "2027-01-12-vouchers.jsonl")
    assert (found.vault, found.day, found.table) == ("vouchers", date(2027, 1, 12), "inbox")
    assert {name: found.bytes(name) for name in row} == row
    assert found.text("bucket") == "voucher@2028-03-07.g1"
    with pytest.raises(TypeError):
        found.bytes("bucket")
    with pytest.raises(TypeError):
        found.text("sealed")


def test_only_some_steps_are_kept(open_vault: Callable[[str], Database], tmp_path: Path) -> None:
    vault = open_vault("responses")
    rows = [
        {"handle": secrets.token_bytes(16), "n": n, "box": b"x" * 100, "strip": "s"} for n in range(MOST["step"] + 9)
    ]
    with vault.write() as connection:
        connection.execute(insert(step), rows)
    out = tmp_path / "2027-01-12-responses.jsonl"
    assert backup_rows(vault, "responses", out) == MOST["step"]
    known = {row["handle"]: row["n"] for row in rows}
    assert all(known[found.bytes("handle")] == int(found.text("n")) for found in read_backup(out))


def test_every_sealed_column_that_holds_a_person_is_kept() -> None:
    """A new sealed column of a contact or a claim must be decided about here."""
    import importlib

    left = {}
    for vault in KEPT:
        for name, table in importlib.import_module(f"troth.vaults.{vault}.schema").metadata.tables.items():
            sealed = {column.name for column in table.columns if column.info["class"] == "sealed"}
            if missing := sealed - set(KEPT[vault].get(name, ())):
                left[vault, name] = missing
    assert left == {
        ("sample", "reserve"): {"code_sealed"},  # a code that belongs to nobody
        ("sample", "staged"): {
            "handles_sealed"
        },  # while a load runs, under its own key, which is destroyed before the load is confirmed
        ("responses", "progress"): {"exact", "common"},  # under the code's own keys; destroyed with the handle
        ("responses", "receipts"): {
            "sealed"
        },  # tags alone, to the key of `letters`, which dies with the collection's last day
        ("responses", "record"): {"boxes"},  # to the analysis key, which no online folder holds
    }
