"""Membership: which processes serve one database, what each is asked to do, and which does a job that one does.

Owns the heartbeat of this process, what it knows of the others, and the leases on jobs. It never carries news of rooms
and never decides who owns a room: leases and fences of the store do.

Walk: `Membership.join` claims this process's name, `run` beats and hears wishes (`drain`, `release`), `leave` gives
the name back; `JobRunner` runs a job while it holds its lease. Shown by tests/runtime/membership/test_membership.py.
"""
