"""Webhooks: every stored entry that fits, and all news, are posted to the operator's receivers, in order per room.

Owns who sends (one process, under a lease), what waits and when it is tried again, at least once. The cursor of each
receiver in each room is durable; entries are read from the logs, through `RoomService`, so that what nobody may read
is not sent.
Never: opens a connection (adapters/webhooks does) or decides a right.

Walk: `receivers.Receivers.all` names them; `sending.Webhooks.heard` -> `waiting.WaitingEntries.pending` ->
`runtime.delivery.Delivery` -> `sending.Post`.
Shown by tests/runtime/webhooks/test_webhooks.py and tests/adapters/webhooks/test_webhooks.py.
"""
