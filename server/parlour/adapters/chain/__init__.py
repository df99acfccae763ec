"""Speaks to nodes of chains by JSON-RPC, to Solana by PubSub, and verifies signatures of contract accounts.

Owns: connections to nodes, how their answers and errors are read, the breaker of contract verification.
Never: decides whether an answer is believed (runtime/nodes/reader.py) or who signs in (runtime/identity/sign_in.py).
Walk: node_rpc.py (connect) -> HttpNode or WsNode -> runtime/nodes/node.py (errors); signatures.py calls through it.
Shown by: tests/adapters/chain/test_node_rpc.py and tests/adapters/chain/test_signatures.py.
"""
