"""Every vault's scripts make exactly its schema; a script that was released is never edited; an old schema is not served."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from tests.conftest import VAULTS, Urls

from troth.kit.errors import Refused
from troth.storage.database import Database
from troth.storage.migrations import _config, digests, frozen, upgrade
from troth.storage.revision import newest, require_newest

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize("vault", VAULTS)
def test_the_scripts_make_the_schema_that_the_program_declares(
    vault: str, open_vault: Callable[[str], Database]
) -> None:
    database = open_vault(vault)
    metadata = importlib.import_module(f"troth.vaults.{vault}.schema").metadata
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": "schema_version"})
        assert compare_metadata(context, metadata) == []


@pytest.mark.parametrize("vault", VAULTS)
def test_a_released_script_is_never_edited(vault: str) -> None:
    assert digests(vault) == frozen(vault), f"a frozen migration of {vault} was edited: add a new script instead"


@pytest.mark.parametrize("vault", VAULTS)
def test_the_schema_that_is_wanted_is_the_last_script_s(vault: str) -> None:
    """Served processes read it without the runner: both must agree, whatever is added."""
    assert newest(vault) == ScriptDirectory.from_config(_config(vault, None)).get_current_head()


@pytest.mark.parametrize("vault", VAULTS)
def test_every_column_has_a_comment_and_a_class(vault: str) -> None:
    metadata = importlib.import_module(f"troth.vaults.{vault}.schema").metadata
    bare = [
        f"{t.name}.{c.name}"
        for t in metadata.tables.values()
        for c in t.columns
        if not c.comment or "class" not in c.info
    ]
    assert bare == []


@pytest.mark.parametrize("vault", VAULTS)
def test_no_column_keeps_a_time_finer_than_a_day(vault: str) -> None:
    metadata = importlib.import_module(f"troth.vaults.{vault}.schema").metadata
    kinds = {str(c.type) for t in metadata.tables.values() for c in t.columns}
    assert not {kind for kind in kinds if "TIME" in kind.upper()}


def test_an_empty_or_older_vault_is_refused(urls: Urls, open_vault: Callable[[str], Database]) -> None:
    empty = Database(urls("sample"), vault="sample")
    with pytest.raises(Refused, match="troth vaults migrate"):
        require_newest(empty)
    empty.close()
    older = open_vault("ledger")
    with older.write() as connection:
        connection.execute(text("UPDATE schema_version SET version_num = '0000'"))
    with pytest.raises(Refused, match="0000"):
        require_newest(older)


def test_records_of_before_keep_their_boxes_and_lose_their_state(urls: Urls) -> None:
    database = Database(urls("responses"), vault="responses")
    with database.write() as connection:
        command.upgrade(_config("responses", connection), "0001")
        row = "INSERT INTO record (id, cell, state, boxes) VALUES (:id, 'wales', 'partial', :boxes)"
        connection.execute(text(row), {"id": bytes(16), "boxes": b"sealed"})
    with pytest.raises(Refused, match="marked partial"):
        upgrade(database)
    with database.write() as connection:
        assert connection.scalar(text("SELECT state FROM record")) == "partial", "nothing was changed"
        connection.execute(text("UPDATE record SET state = 'complete'"))
    upgrade(database)
    with database.read() as connection:
        (found,) = connection.execute(text("SELECT * FROM record")).mappings()
    assert {name: bytes(value) if name != "cell" else value for name, value in found.items()} == {
        "id": bytes(16), "cell": "wales", "boxes": b"sealed",
    }  # fmt: skip
    database.close()


def test_a_batch_of_before_is_a_whole_wave(urls: Urls) -> None:
    database = Database(urls("sample"), vault="sample")
    with database.write() as connection:
        command.upgrade(_config("sample", connection), "0001")
        row = (
            "INSERT INTO batch (id, wave, state, day, dispatched_on, delivered_by, count) "
            "VALUES ('b', 'invitation', 'released', '2027-01-06', '2027-01-08', '2027-01-09', 60)"
        )
        connection.execute(text(row))
    upgrade(database)
    with database.read() as connection:
        (found,) = connection.execute(text("SELECT kind, part, parts, intake, count FROM batch")).all()
    assert tuple(found) == ("wave", 1, 1, None, 60)
    database.close()
