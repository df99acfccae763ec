"""Stores everything that lasts in SQLite or Postgres: rooms, logs, identity, chains. Also migrates and backs up.

Owns: the tables and migrations, the one writer and the readers, backup, retention and the doctor's checks.
Never: decides what may be stored (that is core and runtime) or shows a row to anybody.
Walk: rooms.py (the store) -> writer.py (one queue) -> log_append.py (compare-and-set) -> tables_rooms.py (rows).
Shown by: tests/contract/ for every promise, tests/adapters/sql/test_power_loss.py for what a power cut leaves.
"""
