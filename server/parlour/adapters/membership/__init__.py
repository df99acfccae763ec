"""Nodes and their jobs in the database, and what operators see and ask of them over HTTP.

Owns the tables `cluster_node` and `job_lease` and `/api/admin/nodes`. It never decides what a node does with a wish.

Walk: `SqlNodes.claim` takes the name, `beat` says that the process lives and reads the others, `NodeConsole` lists them
and leaves wishes. Shown by tests/contract/test_nodes.py.
"""
