"""Owns `/api/admin/*`: the one door to it, and what operators see and change there.

Rights are judged in door.py alone, before a handler runs; a change brings its reason and id, and its audit row is
written by the part that makes the change, in the change's own transaction.
Walk: door.py -> operators.py -> server_routes.py. Shown by tests/e2e/test_admin_door.py.
"""
