"""Webhooks over HTTP and in SQL: how a body reaches a receiver, and where its place in each room is kept.

Owns the tables `webhook`, `webhook_place` and `webhook_parked`. When something is sent is decided in runtime/webhooks.

Walk: `posting.Poster.post` signs and posts; `places.SqlPlaces` keeps; `console.WebhookConsole` shows.
Shown by tests/adapters/webhooks/test_webhooks.py.
"""
