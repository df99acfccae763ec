"""Every prepared statement of the log finds its rows through an index, whatever the planner thinks of JSON lists."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine

from parlour.adapters.sql import log_append, room_lists, room_members, room_reads, rooms
from parlour.adapters.sql.migrations import tables
from parlour.adapters.sql.prepared import Prepared


def prepared() -> dict[str, Prepared]:
    found = {}
    for module in (room_reads, room_members, log_append, rooms, room_lists):
        for name, value in vars(module).items():
            for n, each in enumerate(value if isinstance(value, list) else [value]):
                if isinstance(each, Prepared):
                    found[f"{module.__name__.rpartition('.')[2]}{name}{n}"] = each
    return found


@pytest.mark.parametrize("name", sorted(prepared()))
def test_hot_statement_when_planned_uses_an_index(name: str) -> None:
    engine = create_engine("sqlite://")
    tables().create_all(engine)
    with engine.connect() as connection:
        sql, order, _ = prepared()[name]._compile(connection)
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", (1,) * len(order))]
    engine.dispose()
    read = [step for step in plan if step.startswith(("SCAN", "SEARCH"))]
    steps = [step for step in read if "VIRTUAL" not in step and not step.startswith("SCAN anon_")]
    assert steps or sql.startswith("INSERT")
    for step in steps:
        assert step.startswith("SEARCH")
        assert (
            step.startswith("SEARCH room")
            or "remembered_id" in step
            or "room=? AND" in step
            or "ix_member_banned" in step
            or "mark=?" in step
        )


def test_insertion_of_entries_looks_for_their_ids_by_mark() -> None:
    engine = create_engine("sqlite://")
    tables().create_all(engine)
    with engine.connect() as connection:
        sql = log_append.INSERT_NEW.sqlite
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", (1,) * sql.count("?"))]
    engine.dispose()
    assert "SEARCH entry USING INDEX ix_entry_mark (mark=?)" in plan
