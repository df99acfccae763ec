"""The settlement of games: the key that signs their results, and the account that brings them to their escrows."""

from __future__ import annotations

from parlour.runtime.chain.chains import Chains
from parlour.runtime.rooms.interface import RoomService
from parlour.runtime.rooms.registry import RoomRegistry
from parlour.runtime.settlement.keys import BadKey, SettlementKey, read_key
from parlour.runtime.settlement.settler import SettleLimits, Settler
from parlour.settings import Settings, SettingsError, limits_of


def referee_key(settings: Settings, server_key: str) -> SettlementKey | None:
    """Return the referee's key; None where there is none.

    Args:
        server_key: the address of the key that signs logs; one key for both would sign money with every log.

    Raises:
        SettingsError: the key cannot be read, or is that of the log.
    """
    if settings.referee_key is None:
        return None
    key = _read("PARLOUR_REFEREE_KEY", settings.referee_key)
    if key.address == server_key:
        raise SettingsError("PARLOUR_REFEREE_KEY is the key that signs logs; results need one of their own.")
    return key


def settler(settings: Settings, registry: RoomRegistry, rooms: RoomService, chains: Chains) -> Settler | None:
    """Make what sends claims; None where no account pays for them.

    Raises:
        SettingsError: the key cannot be read, or no escrow is named that its account pays for.
    """
    if settings.settle_key is None:
        return None
    if not settings.settle_escrows:
        raise SettingsError(
            "PARLOUR_SETTLE_ESCROWS must name the contracts that the account of PARLOUR_SETTLE_KEY pays for."
        )
    key = _read("PARLOUR_SETTLE_KEY", settings.settle_key)
    return Settler(registry, rooms, chains, key, limits_of(SettleLimits, settings))


def _read(name: str, source: str) -> SettlementKey:
    try:
        return read_key(source)
    except BadKey as error:
        raise SettingsError(f"{name} {error}.") from None
