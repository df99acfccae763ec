"""The process under the engine: its loop, its listening socket, its log."""

import gc
import logging
import socket
import sys

import pytest
import uvloop
from aiohttp.http_exceptions import BadHttpMessage

from parlour.adapters.engine.loop import (
    SWITCH_SECONDS,
    bound_unsent,
    loop_factory,
    quiet_http_log,
    share_interpreter,
    tune_gc,
)


def test_loop_factory_makes_uvloop() -> None:
    loop = loop_factory()()
    assert isinstance(loop, uvloop.Loop)
    loop.close()


def test_listening_socket_bounds_unsent_bytes() -> None:
    with socket.socket() as listening:
        bound_unsent(listening)
        assert listening.getsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT) == 131_072


def test_socket_that_is_not_tcp_is_left_alone() -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        bound_unsent(listening)


def test_request_that_is_not_http_stays_out_of_the_error_log(caplog: pytest.LogCaptureFixture) -> None:
    quiet_http_log()
    log = logging.getLogger("aiohttp.server")
    for error in (BadHttpMessage("not HTTP"), RuntimeError("ours")):
        log.error("Error handling request", exc_info=error)
    assert [record.exc_info[1] for record in caplog.records if record.exc_info] == [error]


def test_interpreter_and_collector_are_tuned_once() -> None:
    interval, threshold = sys.getswitchinterval(), gc.get_threshold()
    try:
        share_interpreter()
        tune_gc()
        assert sys.getswitchinterval() == pytest.approx(SWITCH_SECONDS)
        assert gc.get_threshold()[0] == 100_000
    finally:
        sys.setswitchinterval(interval)
        gc.set_threshold(*threshold)
        gc.unfreeze()
