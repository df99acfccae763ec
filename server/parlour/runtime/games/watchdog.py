"""Stops an author's code that takes too long, by raising `Stuck` inside it.

`GameRoom` wraps each call of an author's code in `with watchdog:`. A thread checks the time every 50 ms and, where a
call has overrun, sends the main thread a signal; its handler runs between two bytecodes of the author's code and raises
there. No signal is sent while every call is short. Code inside one long C call (`10 ** 10 ** 8`) is interrupted only
when that call returns. Time in which the process used no processor, as when the machine slept, stops no call.
"""

from __future__ import annotations

import signal
import threading
import time
from contextlib import AbstractContextManager
from types import FrameType, TracebackType

from parlour.core.authoring.author_errors import Stuck

CHECK_SECONDS = 0.05
"""Between two checks of the thread."""
IDLE = float("inf")
"""The deadline while no call is guarded."""
ASLEEP_TIMES = 10
"""How many times its limit a call may take without using the processor (it sleeps, or the machine did)."""


class Watchdog(AbstractContextManager[None]):
    """Guards calls on the main thread, which gets signals; elsewhere it does nothing."""

    def __init__(self, seconds: float = 1.0) -> None:
        """Args: seconds: how long one call may take before it is stopped."""
        self._seconds = seconds
        self._until = IDLE
        self._seen_until = IDLE
        self._worked = 0.0
        self._ended = threading.Event()
        self._previous: object = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Take over SIGALRM and start checking; does nothing outside the main thread."""
        if threading.current_thread() is not threading.main_thread():
            return
        self._previous = signal.signal(signal.SIGALRM, self._on_signal)
        self._ended.clear()
        self._thread = threading.Thread(target=self._check, name="watchdog", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Restore the handler of SIGALRM."""
        if self._thread is None:
            return
        self._ended.set()
        self._thread.join()
        self._thread = None
        signal.signal(signal.SIGALRM, self._previous)  # type: ignore[arg-type]  # what signal.signal answered

    def __enter__(self) -> None:
        self._until = time.monotonic() + self._seconds

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._until = IDLE
        # A BaseException would pass every handler up to the event loop, and end it.
        if error is not None and not isinstance(error, (Exception, Stuck)):
            raise RuntimeError(f"The game raised {type(error).__name__}.") from error

    def _check(self) -> None:
        main = threading.main_thread().ident
        while not self._ended.wait(CHECK_SECONDS):
            until = self._until
            if until != self._seen_until:
                # Read here and not in __enter__, for nearly every call is over before the first check.
                self._seen_until, self._worked = until, time.process_time()
            if main is not None and time.monotonic() > until:
                signal.pthread_kill(main, signal.SIGALRM)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        late = time.monotonic() - self._until
        # The call may have returned since the check, or be returning right now; then there is nothing to stop.
        if late < 0 or (frame is not None and frame.f_code is Watchdog.__exit__.__code__):
            return
        if time.process_time() - self._worked >= self._seconds / 2 or late > ASLEEP_TIMES * self._seconds:
            self.__enter__()  # what handles Stuck may call the author's code again
            raise Stuck
