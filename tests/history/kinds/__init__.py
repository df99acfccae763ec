"""One workload for each kind of thing that Parlour keeps: it works while servers die, and then says what was broken.

Each is a `Workload` (place.py): `start`, `work` until `over`, `check`. `everything.py` runs all of them at once. None
looks into a server; what is true is read afterwards, as anybody reads it, and from the chain itself.
"""
