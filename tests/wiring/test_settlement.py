"""The settling account of a process: none without the contracts that it pays for."""

from __future__ import annotations

from pathlib import Path

import pytest

from parlour.app import Server
from parlour.settings import SettingsError, load


async def test_settling_account_without_named_escrows_stops_the_start(tmp_path: Path) -> None:
    settings = load(port=0, database_url=f"sqlite+aiosqlite:///{tmp_path}/parlour.db", settle_key="07" * 32)
    with pytest.raises(SettingsError, match="PARLOUR_SETTLE_ESCROWS must name"):
        await Server.build(settings)
