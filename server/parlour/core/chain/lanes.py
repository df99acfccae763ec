"""The two lanes in which entries of a chain travel to a room: paced, and prompt."""

from __future__ import annotations

from enum import StrEnum


class Lane(StrEnum):
    """How an outbox row is delivered. Rows of one room and lane keep their order.

    Attributes:
        PACED: waits until the room's rate has place: events of watches, markets and wallets. Spam fills this lane.
        PROMPT: waits for nobody: gates, hooks of games, settlements, `chain.reverted`, `chain.moved`,
            `chain.confirmed`, `chain.gap`, `chain.stalled`.
    """

    PACED = "paced"
    PROMPT = "prompt"
