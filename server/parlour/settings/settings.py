"""All settings of a server as one object, read and checked at the start."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError
from pydantic.alias_generators import to_camel
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings import SettingsError as PydanticSettingsError
from pydantic_settings import TomlConfigSettingsSource as Toml

from parlour.errors import OperatorError
from parlour.settings.chain import ChainSettings
from parlour.settings.files import FileSettings
from parlour.settings.identity import IdentitySettings
from parlour.settings.limits import ConnectionLimits
from parlour.settings.moderation import ModerationSettings
from parlour.settings.nodes import NodeSettings
from parlour.settings.push import PushSettings
from parlour.settings.rooms import RoomSettings
from parlour.settings.server import ServerSettings
from parlour.settings.webhooks import WebhookSettings

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Limits = TypeVar("Limits", bound=DataclassInstance)

GROUPS = (
    ServerSettings,
    NodeSettings,
    IdentitySettings,
    RoomSettings,
    FileSettings,
    ModerationSettings,
    PushSettings,
    WebhookSettings,
    ChainSettings,
    ConnectionLimits,
)
"""The mixins of `Settings`, in the order a reader wants them."""


class SettingsError(OperatorError):
    """A setting is wrong; the text names it and says what would be right."""


class Settings(
    ConnectionLimits,
    ChainSettings,
    WebhookSettings,
    PushSettings,
    ModerationSettings,
    FileSettings,
    RoomSettings,
    IdentitySettings,
    NodeSettings,
    ServerSettings,
):
    """One field for each setting; the field's name in capitals after `PARLOUR_` is the variable.

    Pydantic takes the fields of the last base first, so the bases are `GROUPS` backwards.
    """

    model_config = SettingsConfigDict(
        env_prefix="PARLOUR_", env_file=".env", toml_file="parlour.toml", extra="ignore", frozen=True
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read arguments first, then the environment, `.env` and `parlour.toml`."""
        return init_settings, env_settings, dotenv_settings, Toml(settings_cls)


def load(**overrides: Any) -> Settings:
    """Read the settings of the environment and put `overrides` that are not None on top.

    Raises:
        SettingsError: one sentence for each wrong setting.
    """
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})
    except ValidationError as error:
        lines = [
            f"PARLOUR_{'_'.join(str(part) for part in fault['loc']).upper()}: {fault['msg']}"
            for fault in error.errors(include_url=False, include_input=False)
        ]
        raise SettingsError("\n".join(lines)) from None
    except PydanticSettingsError as error:
        name = re.search(r'field "(\w+)"', str(error))
        said = f"PARLOUR_{name[1].upper()}: is not JSON" if name else str(error)
        raise SettingsError(f"{said} ({error.__cause__})" if error.__cause__ else said) from None
    except (OSError, ValueError) as error:
        raise SettingsError(f"{_unreadable_file()} cannot be read: {error}") from None


def _unreadable_file() -> str:
    """Return which of the files that settings come from cannot be read."""
    try:
        tomllib.loads(Path("parlour.toml").read_text(encoding="utf-8"))
    except FileNotFoundError:
        pass
    except (OSError, ValueError):
        return "parlour.toml"
    return ".env" if Path(".env").exists() else "A file of the settings"


def limits_of(kind: type[Limits], settings: Settings) -> Limits:
    """Make a limits dataclass from the settings of the same names; its other fields keep their defaults."""
    names = [field.name for field in fields(kind) if field.name in Settings.model_fields]
    return kind(**{name: getattr(settings, name) for name in names})


def told_limits(settings: Settings) -> dict[str, Any]:
    """Make `welcome.limits` (protocol §2) from the settings that are declared with `told`."""
    told = [name for name, field in Settings.model_fields.items() if declared(field)["told"]]
    return {to_camel(name): getattr(settings, name) for name in told}


def declared(field: Any) -> dict[str, Any]:
    """Return what `setting()` was given for a field beside its default: `unit`, `why` and `told`."""
    extra: dict[str, Any] = field.json_schema_extra
    return extra


def static_folder() -> Path:
    """The folder of the built browser files."""
    return Path(__file__).parents[1] / "static"
