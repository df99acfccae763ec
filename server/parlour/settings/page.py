"""Writes docs/settings.md from the declarations of all settings."""

from __future__ import annotations

from inspect import cleandoc
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from parlour.settings.settings import GROUPS, declared

INTRODUCTION = """\
# Settings

`parlour config docs > docs/settings.md` writes this page from `server/parlour/settings/`; a test compares the two.

A variable of the environment wins over `.env`, that over `parlour.toml`, that over the default. In `parlour.toml` a
setting has its short name (`port = 8080`). Lists are written `a,b` or as JSON, and switches `on` or `off`.
`parlour config show` prints what is in force. The mark ◆ is on limits that clients are told in `welcome.limits`.
"""
HEAD = "| setting | variable | default | unit | allowed | what it sets | why |\n|---|---|---|---|---|---|---|"
_BOUNDS = {"Ge": ("≥", "ge"), "Gt": (">", "gt"), "Le": ("≤", "le")}
"""By pydantic's constraint: its sign, and where its number is."""


def page() -> str:
    """Write the page: a section for each group, a row for each setting."""
    sections = [f"## {_title(group)}\n{HEAD}\n{_rows(group)}\n" for group in GROUPS]
    return "\n".join([INTRODUCTION, *sections])


def _title(group: type) -> str:
    return cleandoc(group.__doc__ or "").removesuffix(".")


def _rows(group: Any) -> str:
    return "\n".join(_row(name, field) for name, field in group.model_fields.items())


def _row(name: str, field: FieldInfo) -> str:
    more = declared(field)
    what = f"{field.description}{' ◆' if more['told'] else ''}"
    numbers = (_default(field.default), more["unit"], _allowed(field))
    return "| " + " | ".join((f"`{name}`", f"`PARLOUR_{name.upper()}`", *numbers, what, more["why"])) + " |"


def _default(value: Any) -> str:
    """Write a default as it would be written in the environment; nothing for an empty one."""
    if isinstance(value, bool):
        return "off" if value is False else "on"
    if isinstance(value, tuple) and value:
        return f"`{','.join(value)}`"
    return "" if value is None or value in ("", (), [], {}) else f"`{value}`"


def _allowed(field: FieldInfo) -> str:
    """Write the choices of a setting or the bounds of its number."""
    if get_origin(field.annotation) is Literal:
        return ", ".join(f"`{choice}`" for choice in get_args(field.annotation))
    bounds = [(_BOUNDS[type(rule).__name__], rule) for rule in field.metadata if type(rule).__name__ in _BOUNDS]
    return ", ".join(f"{sign} {getattr(rule, where)}" for (sign, where), rule in bounds)
