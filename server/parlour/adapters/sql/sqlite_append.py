"""Appends to many logs in one transaction of SQLite's own, without SQLAlchemy: what nearly every commit is.

    only_adds_rows → BEGIN IMMEDIATE → move the heads (the compare-and-set) → insert the entries → COMMIT

Where something does not fit, nothing is stored, and `writer.commit` finds out what does.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import suppress

from parlour.adapters.sql.log_append import ADVANCE, INSERT_NEW
from parlour.adapters.sql.prepared import as_sqlalchemy
from parlour.adapters.sql.rows import entry_row
from parlour.adapters.sql.talk import MENTION, NOTICE, OWN, Rows, notice_row, talk_rows
from parlour.adapters.sql.writer import is_a_jobs_own
from parlour.runtime.store import Append


def only_adds_rows(appends: Sequence[Append]) -> bool:
    """Return whether the appends change nothing but their rooms' heads and add entries: nearly all of them."""
    for item in appends:
        if (
            item.settled
            or item.snapshot is not None
            or item.listing is not None
            or item.drop_snapshots_from is not None
        ):
            return False
        if item.erase or item.rights or item.spreads or item.audits or not item.entries:
            return False
        for line in item.entries:
            if line.type in ("game.ended", "chain.reverted"):
                return False
            if line.type == "chat.edit" or (type(line.body) is dict and "files" in line.body):
                return False
        for each in item.stands() if item.said is None else item.said:
            if each.root is not None:
                return False
    return True


def commit_rows(connection: sqlite3.Connection, appends: Sequence[Append]) -> bool:
    """Store appends that `only_adds_rows`; return False, with nothing stored, where one does not fit its room.

    Nor is anything stored where SQLite refuses what one of them holds.

    Raises:
        sqlalchemy.exc.DBAPIError: nothing can be said to be stored, because the disk failed.
    """
    moves: Rows = []
    rows: Rows = []
    own: Rows = []
    told: Rows = []
    news: Rows = []
    talks = False
    for item in appends:
        talks = talks or item.said != () or item.mentions != ()
    if talks:
        moves, rows, own, told, news = talk_rows(appends)
    else:
        for item in appends:
            key, last = item.room.lower(), item.entries[-1]
            moves.append((last.at, last.seq, last.hash, 0, None, key, item.epoch, item.fence, item.after))
            for line in item.entries:
                rows.append(entry_row(key, line, 0))
            for each in item.notices:
                news.append(notice_row(each))
    try:
        connection.execute("BEGIN IMMEDIATE")
        fits = connection.executemany(ADVANCE.sqlite, moves).rowcount == len(moves)
        fits = fits and connection.executemany(INSERT_NEW.sqlite, rows).rowcount == len(rows)
        if fits and own:
            connection.executemany(OWN.sqlite, own)
        if fits and told:
            connection.executemany(MENTION.sqlite, told)
        if fits and news:
            connection.executemany(NOTICE.sqlite, news)
        connection.execute("COMMIT" if fits else "ROLLBACK")
    except BaseException as error:
        with suppress(sqlite3.Error):
            connection.rollback()
        if isinstance(error, sqlite3.Error):
            failure = as_sqlalchemy(error)
            if is_a_jobs_own(failure):
                return False
            raise failure from error
        raise
    return fits
