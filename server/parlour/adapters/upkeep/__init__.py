"""Work on a whole database: backup and restore, the removal of old entries, the checks of `parlour doctor`.

Owns what operators start or what runs once an hour. Serves no request; what one room or one account needs of the
database is in `adapters/sql`.

Walk: `parlour backup` → `backup.backup` copies every table from one consistent view; `running` → `retention.sweep`
raises the floors of old logs. Shown by tests/adapters/upkeep/test_backup.py.
"""
