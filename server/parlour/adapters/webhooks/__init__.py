"""Webhooks over HTTP and in SQL: how a body reaches a receiver, and where its place in each room is kept.

Owns the tables `webhook`, `webhook_made`, `webhook_place` and `webhook_parked`. When something is sent is decided in
runtime/webhooks.

Walk: `posting.Poster.post` signs and posts; `places.SqlPlaces` keeps; `made.SqlMadeHooks` keeps receivers
that operators made; `console.WebhookConsole` shows and changes.
Shown by tests/adapters/webhooks/test_webhooks.py and test_console.py.
"""
