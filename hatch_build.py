"""Names what the wheel `parlour` needs beside pyproject.toml: the client of the same version, where it is a wheel.

An editable install has the client from the clone, which is on its path (`dev-mode-dirs`): no registry is asked for it.
"""

from __future__ import annotations

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ClientDependency(BuildHookInterface):  # type: ignore[type-arg]
    """Adds `parlour-client` to the dependencies of a standard wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the dependency; called by hatchling with `standard` or `editable`."""
        if version == "standard":
            build_data["dependencies"].append(f"parlour-client=={self.metadata.version}")
