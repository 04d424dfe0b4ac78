"""The one Alembic environment. `troth.storage.migrations` hands it a connection; it is never run by hand."""

from __future__ import annotations

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=None, version_table="schema_version", transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
