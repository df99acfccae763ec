"""Logs one line per HTTP request; never a query, which may hold a session's secret id."""

from __future__ import annotations

import logging

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger

ACCESS = logging.getLogger("parlour.access")
LINE = '%s "%s %s" %d'


class AccessLog(AbstractAccessLogger):
    """aiohttp's access log in the engine's format: address, method, path and status."""

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        """Log one answered request; a WebSocket is in the engine's log already."""
        if response.status != 101:  # a WebSocket; the engine has logged it
            self.logger.info(LINE, request.remote, request.method, request.path, response.status)
