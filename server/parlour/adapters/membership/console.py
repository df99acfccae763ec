"""`/api/admin/nodes`: the processes of this database, and what operators ask of them (protocol §7 "Nodes")."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from parlour.adapters.console.door import Act, AdminDoor, Change
from parlour.adapters.http.answers import json_answer
from parlour.adapters.http.routes import Route
from parlour.protocol.http_admin import ChangeRequest, DrainReply, NodesReply, RebalanceReply
from parlour.runtime.membership.membership import Membership


class NodeConsole:
    """The routes of nodes."""

    def __init__(self, membership: Membership, door: AdminDoor) -> None:
        self._membership = membership
        self._door = door

    def routes(self) -> list[Route]:
        """List the routes."""
        drain = Change("POST", "/api/admin/nodes/{node}/drain", "node.drain", "operator", ChangeRequest)
        rebalance = Change("POST", "/api/admin/nodes/rebalance", "node.rebalance", "operator", ChangeRequest)
        return [
            self._door.view("/api/admin/nodes", self.nodes, NodesReply),
            self._door.change(drain, self.drain, DrainReply),
            self._door.change(rebalance, self.rebalance, RebalanceReply),
        ]

    async def nodes(self, request: web.Request) -> web.Response:
        """List the processes that serve this database, and those that died within a day."""
        membership = self._membership
        nodes = await membership.refresh()
        shown = [each.to_json(membership.now) for each in nodes]
        return json_answer({"asked": membership.me.name, "nodes": shown})

    async def drain(self, request: web.Request, act: Act[ChangeRequest]) -> dict[str, Any]:
        """Ask a node to hand its rooms over and to take no more clients, until it is started anew."""
        answer = {"draining": act.whom}
        await self._membership.drain(act.whom, act.row(answer=answer))
        return answer

    async def rebalance(self, request: web.Request, act: Act[ChangeRequest]) -> dict[str, Any]:
        """Ask nodes with more rooms than their share to give up rooms that nobody uses."""
        return {"asked": dict(await self._membership.rebalance(act.row()))}
