"""Alembic's entry point. `parlour.adapters.migrations` hands over an open connection; nothing is read from a file."""

from importlib import import_module
from importlib.util import find_spec

from alembic import context
from sqlmodel import SQLModel

for name in ("tables", "tables_auth", "tables_chain"):
    if find_spec(f"parlour.adapters.{name}"):
        import_module(f"parlour.adapters.{name}")

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    transactional_ddl=True,
    transaction_per_migration=False,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
