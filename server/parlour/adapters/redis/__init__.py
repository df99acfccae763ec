"""Redis (or Valkey) as the bus between nodes.

Owns: one thin connection for publishing and one for listening, spoken by hand over hiredis's reader.
Never: keeps anything in Redis. The rate limits that processes share there are runtime/limits.py's.
Walk: bus.py -> connection.py, which reconnects and notices an engine that stays silent.
Shown by: tests/contract/test_bus.py and tests/adapters/redis/test_bus_failures.py.
"""
