"""Alembic's entry: runs on the connection that `data.store.db.migrate` hands over, in its transaction."""

from __future__ import annotations

from alembic import context

from data.store.db.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
