"""Alembic's entry point: `parlour.adapters.sql.migrations` hands over an open connection; no file is read."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    transactional_ddl=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
