"""`parlour mcp`: a wallet's rooms as tools of the Model Context Protocol, for agents.

An agent is an account like any other: it has its wallet's rights and limits, and nothing here adds to them.
A call's walk: `mcp` → `RoomTools` → `parlour_client` → the server. Shown by tests/commands/agents/test_mcp.py.
"""
