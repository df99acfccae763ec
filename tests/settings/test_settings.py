"""Settings: checked when they are read, filled into the limits of parts, and described on one page."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic_settings import BaseSettings

from parlour.adapters.engine import EngineLimits
from parlour.adapters.socket.connection_limits import GatewayLimits
from parlour.app import Server
from parlour.core.identity.server_roles import SERVER_ROLES
from parlour.protocol.events import Limits
from parlour.protocol.http_console import Role
from parlour.runtime.cluster.peers import ClusterLimits
from parlour.runtime.files.uploads import FileLimits
from parlour.runtime.gates.gates import GateLimits
from parlour.runtime.live_room.context import HostLimits
from parlour.runtime.matchmaking.wishes import MatchLimits
from parlour.runtime.settlement.settler import SettleLimits
from parlour.runtime.tracking.room_tracks import TrackingLimits
from parlour.settings import GROUPS, Settings, SettingsError, limits_of, load, told_limits
from parlour.settings.page import page
from parlour.settings.settings import declared
from tests.bounds import host_limits

ROOT = Path(__file__).parents[2]
OF_A_ROOM = {
    "mailbox": 77,
    "known_ids": 88,
    "snapshot_seconds": 99.0,
    "return_seconds": 3.5,
    "tick_share": 0.5,
    "tick_most_ms": 12.0,
}
NO_LIMITS = {"port", "ens_chain"}
"""Numbers that are names."""
SOMEBODY = "0x" + "1" * 40


async def limits(folder: Path, **settings: Any) -> HostLimits:
    """The bounds of a room in a server with these settings."""
    url = f"sqlite+aiosqlite:///{folder}/parlour.db"
    server = await Server.build(load(port=0, database_url=url, **settings))
    await server.start()
    await server.stop()
    return server.parts.rooms.registry.context.limits


async def test_room_takes_its_bounds_from_the_settings(tmp_path: Path) -> None:
    bounds = await limits(tmp_path, **OF_A_ROOM)
    assert {name: getattr(bounds, name) for name in OF_A_ROOM} == OF_A_ROOM


async def test_room_without_settings_has_the_bounds_tests_have(tmp_path: Path) -> None:
    assert await limits(tmp_path) == host_limits()


def test_groups_of_settings_define_each_name_once() -> None:
    """A validator of one group would silently replace another's of the same name."""
    own = [
        name for group in GROUPS for name in vars(group) if name in group.__annotations__ or _is_validator(group, name)
    ]
    assert sorted(own) == sorted(set(own))


def _is_validator(group: type[BaseSettings], name: str) -> bool:
    return name in group.__pydantic_decorators__.field_validators


def test_limits_are_filled_from_settings_of_the_same_names() -> None:
    bounds = limits_of(HostLimits, load(mailbox=77))
    assert (bounds.mailbox, bounds.known_ids, bounds.batch) == (77, 1000, 512)


def test_welcome_limits_are_the_settings_declared_as_told() -> None:
    told = told_limits(load(body_bytes=77))
    assert told["bodyBytes"] == 77
    assert told.keys() == {field.alias for field in Limits.model_fields.values()}


@pytest.mark.parametrize("name", OF_A_ROOM)
def test_bound_below_its_least_is_refused_by_name(name: str) -> None:
    with pytest.raises(SettingsError, match=f"PARLOUR_{name.upper()}"):
        load(**{name: -1})


def test_redis_url_of_another_scheme_is_refused() -> None:
    for wrong in ("nope", "localhost:6379", "http://localhost:6379"):
        with pytest.raises(SettingsError, match="PARLOUR_REDIS_URL"):
            load(redis_url=wrong)
    assert load(redis_url="rediss://user:pw@host:6379/0").redis_url is not None


def test_page_of_settings_is_what_the_command_writes() -> None:
    assert page() == (ROOT / "docs/settings.md").read_text(), "run: parlour config docs > docs/settings.md"


def test_page_of_settings_has_every_default_there_is() -> None:
    rows = re.findall(r"^\| `([a-z_]+)` \| `PARLOUR_([A-Z_]+)` \| (?:`(\d+(?:\.\d+)?)`)?", page(), re.MULTILINE)
    assert [name for name, _, _ in rows] == [name.lower() for _, name, _ in rows] == list(Settings.model_fields)
    told = {name: float(default) for name, _, default in rows if default}
    assert told.keys() >= OF_A_ROOM.keys()
    assert told == {name: float(Settings.model_fields[name].default) for name in told}


def test_every_setting_is_read_by_some_part_of_the_server() -> None:
    sources = [file.read_text() for file in (ROOT / "server/parlour").rglob("*.py")]
    read = {name for source in sources for name in re.findall(r"\bsettings\.([a-z_]+)", source)}
    kinds = (
        HostLimits, EngineLimits, GatewayLimits, FileLimits, GateLimits, MatchLimits, SettleLimits, TrackingLimits,
        ClusterLimits,
    )  # fmt: skip
    read |= {field.name for kind in kinds for field in fields(kind)}
    assert not Settings.model_fields.keys() - read


def test_every_limit_has_a_unit_and_a_reason() -> None:
    for name, field in Settings.model_fields.items():
        if isinstance(field.default, int | float) and not isinstance(field.default, bool) and name not in NO_LIMITS:
            said = declared(field)
            assert (bool(said["unit"]), bool(said["why"])) == (True, True), name


@pytest.mark.parametrize("role", SERVER_ROLES)
def test_server_role_is_taken_when_it_exists(role: str) -> None:
    assert load(roles={SOMEBODY: role}).roles == {SOMEBODY: role}


def test_unknown_server_role_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SettingsError, match="viewer moderator operator admin"):
        load(roles={SOMEBODY: "emperor"})


def test_server_roles_are_listed_in_one_module_and_on_the_wire() -> None:
    sources = sorted((ROOT / "server/parlour").rglob("*.py"))
    naming = [file.name for file in sources if re.search(r'"viewer".*"admin"', file.read_text())]
    assert naming == ["server_roles.py", "http_console.py"]
    assert get_args(Role) == tuple(SERVER_ROLES)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"url": "ftp://planted", "secret": "s"}, r"\[0\].url is an address"),
        ({"url": "https://a.example/planted"}, r"\[0\].secret is a text"),
        ({"url": "https://a.example/planted", "secret": "s", "room": "x"}, "unknown key 'room'"),
        ({"url": "https://a.example/planted", "secret": "s", "rooms": ["x"]}, r"\[0\].rooms is one pattern"),
        ({"url": "https://a.example/planted", "secret": "s", "types": "chat.*"}, r"\[0\].types is a list"),
    ],
)
def test_webhook_that_is_wrong_is_refused_without_its_address(given: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError, match=said) as refused:
        load(webhooks=[given])
    assert "planted" not in str(refused.value)


def test_webhook_given_twice_is_refused() -> None:
    with pytest.raises(SettingsError, match="names one url twice"):
        load(webhooks=[{"url": "https://a.example/x", "secret": name} for name in ("s", "t")])
