"""What `pglog` reads from the bytes of PostgreSQL's log is what `pg_waldump` says of the same files, page images and all."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, text
from tests.support.postgres import programs

from troth.assurance.attacks.heap import OFFSETS, lying
from troth.assurance.attacks.pglog import changes, segments

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.postgres import Server

ROWS = 400
LONG = bytes(range(256)) * 40


def log_of(server: Server, to: Path) -> tuple[Path, int]:
    """A copy of the log after rows were inserted, changed and deleted; and the table's file number."""
    engine = create_engine(server.url("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("DROP TABLE IF EXISTS thing"))
        connection.execute(text("CREATE TABLE thing (key bytea PRIMARY KEY, what text, long bytea)"))
        for n in range(ROWS):
            if n == ROWS // 2:
                connection.execute(text("CHECKPOINT"))  # after it whole pages are logged
            row = {"key": n.to_bytes(16), "what": None if n % 7 == 0 else "x" * n, "long": LONG}
            connection.execute(text("INSERT INTO thing VALUES (:key, :what, :long)"), row)
        connection.execute(text("UPDATE thing SET what = 'changed' WHERE length(what) % 5 = 1"))
        connection.execute(text("DELETE FROM thing WHERE length(what) % 5 = 2"))
        node = int(connection.scalar(text("SELECT pg_relation_filenode('thing')::bigint")) or 0)
    engine.dispose()
    shutil.copytree(server.socket / "data" / "pg_wal", to, ignore=shutil.ignore_patterns("archive_status", "summaries"))
    return to, node


def test_every_row_that_the_tool_names_is_read_with_its_place(durable_postgres_server: Server, tmp_path: Path) -> None:
    log, node = log_of(durable_postgres_server, tmp_path / "pg_wal")
    found = list(changes(segments([log])))
    binaries = programs()
    assert binaries is not None
    names = [path.name for path in segments([log])]
    said = subprocess.run(
        [binaries / "pg_waldump", "-r", "Heap", "-p", log, names[0], names[-1]],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.splitlines()
    theirs = {}
    for line in said:
        if row := re.search(
            r"tx: +(\d+), lsn: (\w+)/(\w+),.*desc: (INSERT|DELETE|UPDATE|HOT_UPDATE)(.*?)blkref #0: rel \d+/(\d+)/(\d+) blk (\d+)",
            line,
        ):
            xid, high, low, kind, rest, database, filenode, block = row.groups()
            offset = int(re.findall(r"off:? (\d+)", rest)[-1])
            place = int(high, 16) << 32 | int(low, 16)
            what = (
                kind.removeprefix("HOT_").lower(),
                int(xid),
                int(database),
                int(filenode),
                int(block) * OFFSETS + offset,
            )
            theirs[place] = what
    ours = {one.place: (one.kind, one.xid, one.database, one.filenode, one.becomes or one.ctid) for one in found}
    assert theirs
    assert ours == theirs
    assert sum(one.filenode == node and one.kind == "insert" for one in found) == ROWS
    assert any(one.filenode == node and one.kind == "delete" for one in found)


def test_rows_have_their_keys_whether_or_not_their_page_was_logged_whole(
    durable_postgres_server: Server, tmp_path: Path
) -> None:
    log, node = log_of(durable_postgres_server, tmp_path / "pg_wal")
    keys = [one.data[1:17] for one in changes(segments([log])) if one.filenode == node and one.kind == "insert"]
    assert keys == [n.to_bytes(16) for n in range(ROWS)]


def test_what_is_no_log_and_no_heap_gives_nothing(tmp_path: Path) -> None:
    (tmp_path / ("0" * 24)).write_bytes(b"x" * 16384)
    assert segments([tmp_path]) == []
    assert list(changes([tmp_path / ("0" * 24)])) == []
    assert list(lying(b"x" * 16384)) == []
