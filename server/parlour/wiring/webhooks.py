"""The webhooks of a process: they hear of every entry that rooms store, and read the news."""

from __future__ import annotations

from dataclasses import dataclass

from parlour.adapters.telemetry.metrics import Telemetry
from parlour.adapters.webhooks.made import SqlMadeHooks
from parlour.adapters.webhooks.news_log import SqlNewsLog
from parlour.adapters.webhooks.places import SqlPlaces
from parlour.adapters.webhooks.posting import Poster
from parlour.runtime.rooms.interface import RoomService
from parlour.runtime.webhooks.outside import Outside
from parlour.runtime.webhooks.receivers import Receivers
from parlour.runtime.webhooks.sending import Webhooks
from parlour.settings import Settings
from parlour.wiring.process import Process
from parlour.wiring.rooms import Rooms


@dataclass(frozen=True, slots=True)
class Webhooking:
    """The webhooks part of a process; `poster` keeps the connections to close."""

    webhooks: Webhooks
    receivers: Receivers
    poster: Poster


def build(settings: Settings, process: Process, rooms: Rooms, service: RoomService) -> Webhooking:
    """Make the webhooks, and what posts for them."""
    writer, reader = process.store.writer, process.store.reader
    poster = Poster(process.clock.now, settings.webhook_private_hosts)
    receivers = Receivers(settings.hooks(), SqlMadeHooks(writer, reader, process.key), settings.webhooks_made)
    places, news = SqlPlaces(writer, reader), SqlNewsLog(reader)
    outside = Outside(places, service, news, poster.post, process.clock, process.owner)
    webhooks = Webhooks(receivers, outside, rooms.registry.context.on_stored)
    _observe(process.telemetry, webhooks)
    return Webhooking(webhooks, receivers, poster)


def _observe(telemetry: Telemetry, webhooks: Webhooks) -> None:
    telemetry.observe(
        "parlour_webhook_entries",
        "Entries posted to webhooks, by what came of a try",
        lambda: [({"result": result}, count) for result, count in webhooks.results().items()],
    )
