"""Wiring: builds every object of a server once, from the settings, and passes it to those that need it.

Owns the order in which parts are made and which part knows which. Decides nothing else: no rule, no request and no
wait for the network lives here; `parlour.app` runs what comes out.

Walk: `server.build_server` calls, in this order, `process.build` (clock, store, key), `rooms.build`, `chain.build`,
`identity.build`, `files.build`, `engine.build` (sockets) and `http.build`; `gauges.observe` shows the parts to
`/metrics`. Shown by tests/e2e/test_main_job.py.
"""
