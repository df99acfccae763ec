"""Every request costs something: to its connection, its account and its room; and none of them pays for a refusal."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast, get_args

import pytest

from parlour.adapters.engine import EngineConnection
from parlour.adapters.socket.connection_limits import GatewayClient, GatewayLimits
from parlour.adapters.socket.costs import CONNECTIONS, CROWD, GUESTS, IN_ROOMS, PAUSE_SECONDS, Cost, Costs
from parlour.adapters.socket.requests import REQUESTS
from parlour.errors import RateLimited
from parlour.settings import Settings, limits_of, told_limits
from parlour.testing.fakes import FakeClock, FakeConnection

LIMITS = replace(
    limits_of(GatewayLimits, Settings()),
    changes_per_minute=30,
    posts_per_second=10,
    posts_burst=20,
    reads_per_second=20,
    reads_burst=100,
    unknown_rooms_per_minute=60,
    unknown_rooms_burst=5,
)
MOST = 1_000_000


class Door:
    """A gateway's costs, and clients to spend them."""

    def __init__(self, limits: GatewayLimits = LIMITS) -> None:
        self.clock = FakeClock()
        self.costs = Costs(limits, self.clock)

    def client(self, account: str = "", address: str = "192.0.2.1") -> GatewayClient:
        connection = cast(EngineConnection, FakeConnection(account))
        return GatewayClient(connection, None, address, self.costs.connection(), 0, 256)

    def taken(self, client: GatewayClient, cost: Cost, room: str | None = None, most: int = 10_000) -> int:
        """Spend until refused; how often it was allowed."""
        data: dict[str, Any] = {} if room is None else {"room": room}
        for number in range(most):
            try:
                self.costs.spend(cost, client, data)
            except RateLimited:
                return number
        return most


@pytest.fixture
def door() -> Door:
    return Door()


def test_every_request_has_a_cost_that_is_bounded(door: Door) -> None:
    for spec in REQUESTS.values():
        assert spec.cost in get_args(Cost), spec.name
        assert door.taken(door.client(f"for {spec.name}"), spec.cost) < 10_000, spec.name


def test_account_is_refused_with_the_time_to_come_back_over_all_its_sockets(door: Door) -> None:
    one, two = door.client("alice"), door.client("alice")
    assert door.taken(one, "change", "hall") == 30
    assert door.taken(two, "change", "hall") == 0
    with pytest.raises(RateLimited) as refused:
        door.costs.spend("change", two, {"room": "other"})
    assert (refused.value.retryable, refused.value.retry_after, refused.value.reason) == (True, 2000, None)
    assert door.taken(door.client("bob"), "change", "hall") == 30


async def test_account_may_again_after_the_time_it_was_told(door: Door) -> None:
    alice = door.client("alice")
    assert door.taken(alice, "read") == 100
    await door.clock.advance(0.05)
    assert door.taken(alice, "read") == 1


def test_posts_are_counted_for_each_socket_and_for_all_of_an_account(door: Door) -> None:
    assert [door.taken(door.client("alice"), "post") for _ in range(CONNECTIONS + 1)] == [20] * CONNECTIONS + [0]


def test_guests_of_one_address_share_what_ten_may(door: Door) -> None:
    assert sum(door.taken(door.client(), "read") for _ in range(2 * GUESTS)) == 100 * GUESTS
    assert door.taken(door.client(address="192.0.2.2"), "read") == 100


@pytest.mark.parametrize("cost", IN_ROOMS)
def test_room_is_spared_a_crowd_and_refusals_cost_nobody(cost: Cost) -> None:
    door = Door(replace(LIMITS, joins_burst=20, reads_burst=20, searches_per_minute=20, changes_per_minute=20))
    crowd = [door.client(f"one of {number}") for number in range(CROWD + 1)]
    assert sum(door.taken(one, cost, "Hall") for one in crowd) == 20 * CROWD
    with pytest.raises(RateLimited) as refused:
        door.costs.spend(cost, crowd[-1], {"room": "hall"})
    assert (refused.value.reason, refused.value.retryable) == ("room", True)
    assert door.taken(crowd[-1], cost, "elsewhere") == 20


def test_flood_of_unknown_rooms_is_refused_and_neighbours_are_not(door: Door) -> None:
    strangers = [door.client() for _ in range(2 * GUESTS)]
    for stranger in strangers:
        for _ in range(6):
            door.costs.missed(stranger)
    with pytest.raises(RateLimited) as refused:
        door.costs.spend("join", strangers[0], {"room": "none"})
    assert (refused.value.reason, refused.value.retryable) == ("unknown_rooms", True)
    newcomer = door.client()
    door.costs.spend("join", newcomer, {"room": "hall"})
    door.costs.missed(newcomer)
    door.costs.missed(newcomer)
    with pytest.raises(RateLimited, match="do not exist"):
        door.costs.spend("join", newcomer, {"room": "none"})
    neighbour = door.client()
    assert door.taken(neighbour, "read", "hall") == 100


def test_rates_are_settings_told_to_clients() -> None:
    told = told_limits(Settings())
    assert {key: told[key] for key in told if key.startswith(("joins", "reads", "searches", "changes", "unknown"))} == {
        "joinsPerSecond": 20,
        "joinsBurst": 500,
        "readsPerSecond": 20,
        "readsBurst": 100,
        "searchesPerMinute": 60,
        "changesPerMinute": 30,
        "unknownRoomsPerMinute": 60,
        "unknownRoomsBurst": 120,
    }


class Gate(FakeConnection):
    """Counts the reasons not to read it."""

    holds = 0

    def hold(self) -> None:
        self.holds += 1

    def release(self) -> None:
        self.holds -= 1


def refused_often(door: Door, client: GatewayClient, times: int) -> None:
    for _ in range(times):
        door.costs.refused(client)


async def test_client_that_goes_on_after_many_refusals_is_not_read_for_a_while(door: Door) -> None:
    gate = Gate("alice")
    client = replace(door.client("alice"), connection=cast(EngineConnection, gate))
    refused_often(door, client, LIMITS.refusals_burst)
    assert gate.holds == 0
    refused_often(door, client, 5)
    assert gate.holds == 1, "once, however many were read already"
    await door.clock.advance(PAUSE_SECONDS)
    assert gate.holds == 0
    refused_often(door, client, LIMITS.refusals_burst)
    assert gate.holds == 1, "the allowance comes back slowly"
    await door.clock.advance(LIMITS.refusals_burst / LIMITS.refusals_per_second + 1)
    refused_often(door, client, LIMITS.refusals_burst)
    assert gate.holds == 0


async def test_client_that_went_while_it_was_not_read_is_left_alone(door: Door) -> None:
    gate = Gate("alice")
    client = replace(door.client("alice"), connection=cast(EngineConnection, gate))
    refused_often(door, client, LIMITS.refusals_burst + 1)
    client.connected = False
    await door.clock.advance(1)
    assert gate.holds == 1
