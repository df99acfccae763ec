"""Settings of the chains: which are followed, and how much of them enters rooms."""

from __future__ import annotations

from typing import Any, Literal

from pydantic_settings import BaseSettings

from parlour.settings.fields import setting


class ChainSettings(BaseSettings):
    """The followed chains, who may watch them, and how many watches and events a room takes."""

    chains: list[dict[str, Any]] = setting([], "JSON list of `{chainId, urls, …}`; docs/chain.md lists all keys.")
    watch: Literal["owners", "operators"] = setting("owners", "Who may watch the chain from a room.")
    watches_per_room: int = setting(
        16, "Watches of one room.", unit="watches", told=True, why="Each is matched against every log of its chain."
    )
    events_per_second: int = setting(
        50,
        "Chain entries of one room, where the chain's own `eventsPerSecond` says nothing; more become a `chain.gap`.",
        unit="a second",
        told=True,
        why="People cannot read more.",
    )
