"""A namespace of somebody's python-socketio server whose events are Parlour's requests.

It owns what a connection of ours needs that python-socketio has not: order between answers and events, a bound for what
waits for a slow reader, and the checks of messages that our own engine makes. It never knows rooms.

Walk of a request: `NamespaceBridge` → `Gateway.event` → `BridgeConnection.write` → `Outlet.send`. Shown by
tests/embedding/test_namespace.py; what is lost beside our own engine is listed in docs/embedding.md.
"""

from parlour.adapters.namespace.bridge import NamespaceBridge

__all__ = ["NamespaceBridge"]
