"""Settings made of arguments alone, for a server inside somebody else's process."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from parlour.settings.origins import nearest
from parlour.settings.settings import Settings, SettingsError


class _Given(Settings):
    model_config = SettingsConfigDict(env_file=None, toml_file=None)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read the arguments, and neither the environment nor files."""
        return (init_settings,)


def given(**settings: Any) -> Settings:
    """Make settings of the arguments; all others have their defaults.

    Raises:
        SettingsError: one sentence for each wrong setting, and for each name that is none.
    """
    known = Settings.model_fields
    if unknown := [f"{name} is no setting{nearest(name, known)}" for name in settings if name not in known]:
        raise SettingsError("\n".join(unknown))
    try:
        return _Given(**settings)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        lines = [f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}" for fault in faults]
        raise SettingsError("\n".join(lines)) from None
