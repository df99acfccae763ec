"""Gives rooms their gates: checks the right and the contracts, then lets the room store it."""

from __future__ import annotations

from typing import Any, Protocol

import structlog

from parlour.core.gates.tree import Gate, read_gate
from parlour.core.identity.server_roles import SERVER_ROLES
from parlour.core.room import Configure, RoomId, SetGate
from parlour.core.rooms.hall import Hall
from parlour.errors import Forbidden, Internal, ParlourError
from parlour.runtime.gates.gates import Gates
from parlour.runtime.live_room.context import RoomContext, RoomRequest
from parlour.runtime.live_room.reopen import ReadableRoom
from parlour.runtime.running_tasks import RunningTasks
from parlour.runtime.store import StoreError, refusal_of

log = structlog.get_logger()

OPERATOR = SERVER_ROLES["operator"]
"""From this rank on `PARLOUR_GATES=operators` does not apply."""


class LiveRooms(Protocol):
    """The registry of live rooms."""

    context: RoomContext

    async def reach(self, room: RoomId) -> ReadableRoom:
        """Return the host of a room that exists; raises NoSuchRoom."""
        ...

    def submit(self, room: RoomId, request: RoomRequest) -> None:
        """Queue a request in the room's mailbox; raises ParlourError."""


class RoomGating:
    """The gates of this process's rooms.

    Args:
        policy: `on` (owners give their rooms gates), `operators` or `off` (`PARLOUR_GATES`).
    """

    def __init__(self, registry: LiveRooms, gates: Gates, policy: str) -> None:
        self._registry = registry
        self._gates = gates
        self._policy = policy
        self._configuring = RunningTasks()

    async def check(self, asked: dict[str, Any], rank: int) -> Gate:
        """Return the gate that a room is to get; raises ParlourError."""
        gate = read_gate(asked)
        if self._policy == "off" or (self._policy == "operators" and rank < OPERATOR):
            who = "Nobody" if self._policy == "off" else "Only this server's operators"
            raise Forbidden(f"{who} may give rooms a gate here.", reason="role")
        await self._gates.check_contracts(gate)
        return gate

    def configure(self, room: RoomId, request: RoomRequest) -> None:
        """Let a Configure with a gate through once the chain was asked about it and about who is in the room."""
        self._configuring.start(self._configure(room, request), name=f"gate of {room}")

    async def _configure(self, room: RoomId, request: RoomRequest) -> None:
        command = request.command
        assert isinstance(command, Configure)
        try:
            command.gate = await self._set_gate(room, command)
            self._registry.submit(room, request)
        except ParlourError as refusal:
            request.answer(refusal)
        except StoreError as error:
            request.answer(refusal_of(error))
        except Exception:
            log.exception("room.gate_failed", room=room)
            request.answer(Internal())

    async def _set_gate(self, room: RoomId, command: Configure) -> SetGate:
        """Return the change with the grants of who is there; raises ParlourError."""
        asked = None if command.gate is None else command.gate.gate
        assert asked is not None, "a gate that is removed needs no check"
        host = await self._registry.reach(room)

        def check_right(hall: Hall) -> Hall:
            hall.access.check_owner(command.author, command.rank, self._registry.context.clock.now())
            return hall

        hall = await host.read_state(check_right)
        gate = await self.check(asked, command.rank)
        there = {each.account for each in host.presence.connections.values() if each.account}
        there |= hall.access.grants.held.keys()
        there -= {hall.owner}
        return SetGate(gate.json, await self._gates.admitted_at_once(gate, sorted(there)))

    async def explain(self, room: RoomId, account: str) -> dict[str, Any]:
        """Say why an account passes a room's gate now or does not; raises NoSuchRoom."""
        host = await self._registry.reach(room)
        return await self._gates.explain(await host.read_state(lambda hall: hall), account)
