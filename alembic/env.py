"""Alembic's entry point: `parlour.adapters.sql.migrations` hands over an open connection; no file is read."""

from alembic import context

from parlour.adapters.sql.migrations import tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables(),
    transactional_ddl=True,
    transaction_per_migration=False,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
