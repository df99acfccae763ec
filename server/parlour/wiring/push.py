"""The push part of a process: browsers that accounts named, and what posts to them."""

from __future__ import annotations

from dataclasses import dataclass

from parlour.adapters.push.posting import PushPosts
from parlour.adapters.push.rows import SqlPushRows
from parlour.adapters.push.vapid import load_vapid
from parlour.adapters.telemetry.metrics import Telemetry
from parlour.runtime.push.pusher import SENT, Pusher
from parlour.runtime.push.subscriptions import Subscriptions
from parlour.settings import Settings
from parlour.wiring.process import Process


@dataclass(frozen=True, slots=True)
class Pushing:
    """The push part; without a contact nothing is posted."""

    subscriptions: Subscriptions
    pusher: Pusher | None = None
    posts: PushPosts | None = None


async def build(settings: Settings, process: Process) -> Pushing:
    """Make the push part; raises NotInstalled where it is wanted and its extra is missing."""
    clock, store = process.clock, process.store
    rows = SqlPushRows(store.writer, store.reader)
    shape = (settings.push_hosts, settings.push_subscriptions)
    if settings.push_contact is None:
        return Pushing(Subscriptions(rows, clock, None, *shape))
    vapid = await load_vapid(store, clock.now())
    posts = PushPosts(vapid, settings.push_contact, clock.now)
    pusher = Pusher(rows, posts.send, clock, delay_ms=settings.push_delay_ms, with_text=settings.push_text)
    _observe(process.telemetry, pusher)
    return Pushing(Subscriptions(rows, clock, vapid.public_key, *shape), pusher, posts)


def _observe(telemetry: Telemetry, pusher: Pusher) -> None:
    telemetry.observe(
        "parlour_pushes",
        "Pushes to browsers, by what their services said",
        lambda: [({"result": result}, pusher.results[result]) for result in SENT],
    )
