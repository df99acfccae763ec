"""Writes news of chains: that one halted, goes on, was reorganised or was rewound."""

from __future__ import annotations

from sqlalchemy import Connection

from parlour.adapters.news.insert import write_news
from parlour.runtime.chain.store import Step

TOLD_UNDONE = 100
"""Hashes of undone blocks that one piece of news names; `blocks` counts all."""


def tell_halt(connection: Connection, chain: int, reason: str) -> None:
    """Tell why a chain halted, or, without a reason, that it is followed again."""
    if reason:
        write_news(connection, "chain.halted", {"chain": chain, "reason": reason})
    else:
        write_news(connection, "chain.resumed", {"chain": chain})


def tell_undone(connection: Connection, step: Step) -> None:
    """Tell which blocks a step took back, the newest first, and where the chain stands now; nothing of other steps."""
    if not step.undone:
        return
    now = {"number": step.cursor.number, "hash": step.cursor.hash}
    told = {"chain": step.cursor.chain, "undone": list(step.undone[:TOLD_UNDONE]), "blocks": len(step.undone)}
    type_ = "chain.reorganised" if step.audit is None else "chain.rewound"
    write_news(connection, type_, {**told, "now": now})
