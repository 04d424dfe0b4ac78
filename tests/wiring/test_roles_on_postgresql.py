"""On PostgreSQL the server itself keeps roles apart: tried statement by statement, as each role."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from troth.storage.database import Database
from troth.storage.migrations import upgrade
from troth.wiring.grants import OWNERS, Cluster
from troth.wiring.settings import ROLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.postgres import Server

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def cluster(postgres_server: Server) -> Iterator[Cluster]:
    made = Cluster(str(postgres_server.socket), prefix=f"t{secrets.token_hex(4)}")
    admin = create_engine(postgres_server.url("postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        for statement in made.setup():
            connection.execute(text(statement))
    for vault, owner in OWNERS.items():
        database = Database(made.url(vault, owner), vault=vault)
        upgrade(database)
        made.apply(database)
        made.apply(database)  # repeating changes nothing
        database.close()
    yield made
    admin.dispose()


def attempt(cluster: Cluster, vault: str, role: str, statement: str) -> bool:
    """Whether the server lets that role do that."""
    engine = create_engine(cluster.url(vault, role))
    try:
        with engine.connect() as connection:
            connection.execute(text(statement))
            connection.rollback()
    except ProgrammingError as refused:
        assert "permission denied" in str(refused)
        return False
    except OperationalError as refused:
        assert "permission denied" in str(refused)
        return False
    finally:
        engine.dispose()
    return True


def test_a_role_cannot_even_connect_to_a_vault_that_is_not_its_own(cluster: Cluster) -> None:
    for vault in OWNERS:
        for role, own in ROLES.items():
            expected = vault in own or OWNERS[vault] == role
            assert attempt(cluster, vault, role, "SELECT 1") is expected, (vault, role)


@pytest.mark.parametrize(
    ("statement", "may"),
    [
        ("SELECT box FROM step", True),
        ("INSERT INTO step (handle, n, box, strip) VALUES ('a', 1, 'b', 's')", True),
        ("UPDATE step SET box = 'x'", False),
        ("UPDATE handle SET state = 'complete'", True),
        ("UPDATE handle SET cell = 'x'", False),
        ("UPDATE handle SET handle = 'x'", False),
        ("DELETE FROM handle", False),
        ("SELECT boxes FROM record", False),
        ("SELECT sealed FROM receipts", False),
        ("INSERT INTO strip (id, public, state) VALUES ('a', 'b', 'current')", False),
        ("TRUNCATE step", False),
    ],
)
def test_the_respond_role_goes_forward_only(cluster: Cluster, statement: str, *, may: bool) -> None:
    assert attempt(cluster, "responses", "respond", statement) is may


@pytest.mark.parametrize(
    ("statement", "may"),
    [
        ("SELECT ref, cell, state, reason, bucket FROM person WHERE lookup = 'x'", True),
        (
            "UPDATE person SET contact_wrapped = 'w', contact_sealed = 's', lookup = 'l' WHERE ref = 'r' AND bucket = 'b'",
            True,
        ),
        ("INSERT INTO wish (week, kind, count) VALUES ('2027-01-04', 'find', 1)", True),
        ("SELECT tag FROM person", False),
        ("SELECT ref FROM receipt", False),
        ("SELECT contact_sealed FROM person", False),
        ("SELECT code_wrapped FROM person", False),
        ("SELECT code_sealed FROM letter", False),
        ("SELECT code_sealed FROM reserve", False),
        ("UPDATE person SET dies_on = '2030-01-01'", False),
        ("UPDATE person SET bucket = 'b'", False),
        ("DELETE FROM person", False),
        ("INSERT INTO reissue (ref, n, state) VALUES ('r', 1, 'waiting')", False),
    ],
)
def test_the_custodian_finds_and_corrects_and_reads_no_part(cluster: Cluster, statement: str, *, may: bool) -> None:
    assert attempt(cluster, "sample", "custodian", statement) is may


def test_nobody_but_the_letters_role_sees_who_has_a_receipt_and_nobody_but_the_flush_role_hands_one_over(
    cluster: Cluster,
) -> None:
    for role in ("load", "custodian"):
        for statement in (
            "SELECT ref FROM receipt",
            "INSERT INTO receipt (ref) VALUES ('r')",
            "SELECT digest FROM receipts",
        ):
            assert not attempt(cluster, "sample", role, statement), (role, statement)
    assert not attempt(cluster, "sample", "load", "UPDATE person SET tag = 'x'")
    for role in ("respond", "load", "findings"):
        assert not attempt(cluster, "responses", role, "SELECT cell FROM receipts_cell"), role


@pytest.mark.parametrize("vault", ["vouchers", "interviews"])
def test_the_claim_role_puts_in_and_cannot_read_back(cluster: Cluster, vault: str) -> None:
    row = "INSERT INTO inbox (id, wrapped, sealed, bucket) VALUES ('a', 'b', 'c', 'd')"
    assert attempt(cluster, vault, "claim", row)
    for statement in (
        "SELECT sealed FROM inbox",
        "SELECT * FROM claim",
        "DELETE FROM spent",
        "UPDATE inbox SET bucket = 'x'",
    ):
        assert not attempt(cluster, vault, "claim", statement), statement


def test_nobody_who_accounts_for_something_may_change_the_ledger(cluster: Cluster) -> None:
    for role in ("load", "letters", "flush", "vouchers", "interviews", "holds", "findings", "assurance"):
        assert attempt(cluster, "ledger", role, "SELECT * FROM entry")
        assert not attempt(cluster, "ledger", role, "UPDATE entry SET body = ''")
        assert not attempt(cluster, "ledger", role, "DELETE FROM entry")


@pytest.mark.parametrize(
    ("statement", "may"),
    [
        ("UPDATE person SET state = 'stopped', reason = 'moved', dies_on = '2027-01-01'", True),
        ("UPDATE person SET latest = '2027-01-01'", False),
        ("UPDATE person SET contact_sealed = 'x'", False),
        ("UPDATE letter SET batch = NULL, delivered_by = NULL", True),
        ("UPDATE letter SET state = 'waiting'", False),
        (
            "UPDATE reissue SET batch = NULL, wave = NULL, delivered_by = NULL WHERE ref = 'r' AND batch IN (SELECT id FROM batch)",
            True,
        ),
        ("SELECT ref, max(delivered_by) FROM reissue GROUP BY ref", True),
        ("UPDATE reissue SET state = 'waiting'", False),
        ("SELECT code_sealed FROM letter", False),
        ("UPDATE batch SET count = 0", False),
        ("INSERT INTO staged (intake, n, handles_sealed) VALUES ('a', 1, 'b')", True),
        ("DELETE FROM suppression", False),
        ("DELETE FROM disposition", False),
    ],
)
def test_the_load_role_stops_people_and_never_changes_what_is_sealed(
    cluster: Cluster, statement: str, *, may: bool
) -> None:
    assert attempt(cluster, "sample", "load", statement) is may


def test_the_findings_role_sees_records_and_no_handle(cluster: Cluster) -> None:
    assert attempt(cluster, "responses", "findings", "SELECT boxes FROM record")
    assert not attempt(cluster, "responses", "findings", "SELECT handle FROM handle")
    assert not attempt(cluster, "responses", "findings", "SELECT box FROM step")


def test_every_role_of_the_settings_has_a_grant_in_every_vault_it_names(cluster: Cluster) -> None:
    for role, vaults in ROLES.items():
        for vault in vaults:
            if OWNERS[vault] != role:
                assert any(cluster.role(role) in statement for statement in cluster.grants(vault)), (role, vault)
