"""Settings: `PARLOUR_*` from the environment, then `.env`, then `parlour.toml`, then defaults; checked at start.

Owns every value an operator may choose, each declared once with its default, unit, meaning and reason. Never opens,
connects or builds anything, and holds no secrets: the server makes those itself and keeps them in the database.

Walk: `fields.setting` declares one; `server`, `identity`, `rooms`, `chain` and `limits` list them by subject;
`settings.Settings` joins the lists; `load` reads and checks; `limits_of` fills the dataclass of a part that has bounds.
Shown by tests/settings/test_settings.py.
"""

from parlour.settings.settings import GROUPS, Settings, SettingsError, limits_of, load, static_folder, told_limits

__all__ = ["GROUPS", "Settings", "SettingsError", "limits_of", "load", "static_folder", "told_limits"]
