"""Sessions, nonces, API keys and the server's own key in SQL.

Owns what `runtime/identity` stores. Decides nothing: rules of sign-in are in `core/identity`.

Walk: `sessions.SqlSessionStore.open` uses a nonce up and stores the session in one transaction of the writer. Shown by
tests/adapters/accounts/test_sessions.py.
"""
