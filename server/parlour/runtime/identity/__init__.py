"""Signs people in and identifies them: nonces, sessions, devices, session keys, API keys, ENS names.

Owns: live sessions in memory, how their end is heard in every process, keys for backends, the server's own key.
Never: reads a sign-in text (that is core/identity), speaks HTTP, or holds a token in clear beyond its request.
Walk: sign_in.py (verify) -> account_proof.py (who signed) -> session_store.py (kept) -> live_sessions.py (known).
Shown by: tests/runtime/identity/test_sign_in.py.
"""
