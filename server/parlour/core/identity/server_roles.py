"""Roles that an operator gives to wallets for the whole server; they stand above the roles of a room."""

from __future__ import annotations

SERVER_ROLES = {"viewer": 1, "moderator": 2, "operator": 3, "admin": 4}
"""Role → rank. A higher rank may do all that a lower one may."""
SERVER_MODERATOR = SERVER_ROLES["moderator"]
"""From this rank on an account stands above every role of a room."""
