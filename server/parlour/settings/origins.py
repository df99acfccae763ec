"""Tells where each setting in force came from, and which names are no settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from pydantic_settings import DotEnvSettingsSource, EnvSettingsSource
from pydantic_settings import TomlConfigSettingsSource as Toml

from parlour.settings.settings import Settings

PREFIX = "PARLOUR_"
OF_COMMANDS = {"PARLOUR_TOKEN", "PARLOUR_ANVIL", "PARLOUR_CHROMIUM"}
"""Variables that commands and tests read by themselves: an API key, and programs that are not on the PATH."""


def origins(given: Iterable[str] = ()) -> dict[str, str]:
    """Return where each field's value comes from: command line, environment, .env, parlour.toml or default.

    Args:
        given: fields that the command line set.
    """
    found = dict.fromkeys(Settings.model_fields, "default")
    for origin, source in (
        ("parlour.toml", Toml(Settings)),
        (".env", DotEnvSettingsSource(Settings)),
        ("environment", EnvSettingsSource(Settings)),
    ):
        found |= dict.fromkeys((name for name in source() if name in found), origin)
    return found | dict.fromkeys((name for name in given if name in found), "command line")


def unknown_variables(environment: Mapping[str, str]) -> list[str]:
    """Return a sentence for each PARLOUR_* variable that is no setting, with the nearest one that is."""
    known = {PREFIX + name.upper() for name in Settings.model_fields} | OF_COMMANDS
    dotenv = {name.upper() for name in DotEnvSettingsSource(Settings).env_vars}
    names = sorted({name for name in (*environment, *dotenv) if name.startswith(PREFIX)} - known)
    return [f"{name} is no setting{nearest(name, known)}" for name in names]


def unknown_keys() -> list[str]:
    """Return a sentence for each key of parlour.toml that is no setting, with the nearest one that is."""
    known = set(Settings.model_fields)
    return [
        f"parlour.toml: {key} is no setting{nearest(key, known)}"
        for key in Toml(Settings).toml_data
        if key not in known
    ]


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the end of a sentence that names what was meant, where something is near."""
    near = get_close_matches(name, list(known), 1)
    return f"; did you mean {near[0]}?" if near else "."
