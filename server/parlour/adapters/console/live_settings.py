"""Keeps the settings that operators change at run time in the database; every process takes them within a second."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from typing import Annotated, Any

import structlog
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, delete, insert, select

from parlour.adapters.audit.insert import write_audit
from parlour.adapters.console.tables_settings import changed_setting
from parlour.adapters.sql.prepared import Prepared
from parlour.adapters.sql.reader import Reader
from parlour.adapters.sql.writer import Writer
from parlour.core.audit.record import AuditRecord
from parlour.errors import Invalid
from parlour.settings import Settings

log = structlog.get_logger()

_STORED = Prepared(select(changed_setting.c.name, changed_setting.c.value))


class LiveSettings:
    """The settings in force, those of the start with what operators changed since.

    Attributes:
        started: what the server began with.
        current: what is in force.
        changed: names of the settings that were changed.
    """

    def __init__(
        self,
        started: Settings,
        changeable: Collection[str],
        apply: Callable[[Settings], None],
        writer: Writer,
        reader: Reader,
    ) -> None:
        """Args: apply: takes settings into force; called after each change."""
        self.started = self.current = started
        self.changed: Mapping[str, str] = {}
        self._changeable = changeable
        self._apply = apply
        self._writer = writer
        self._reader = reader

    def may_change(self, name: str) -> bool:
        """Return whether a setting may change while the server runs."""
        return name in self._changeable

    def check_name(self, name: str) -> None:
        """Raise Invalid for what is no setting, or may not change while the server runs."""
        if not self.may_change(name):
            known = name in Settings.model_fields
            said = f"{name} changes at a restart only." if known else f"{name} is no setting."
            raise Invalid(said, details={"path": f"values.{name}"})

    def check(self, name: str, value: Any) -> Any:
        """Return a setting's value as it would be in force; raises Invalid."""
        self.check_name(name)
        field = Settings.model_fields[name]
        declared: Any = Annotated[field.annotation, field]
        try:
            return TypeAdapter(declared).validate_python(value, strict=type(value) is bool)
        except ValidationError as error:
            said = error.errors(include_url=False, include_input=False)[0]["msg"]
            raise Invalid(f"{name}: {said}.", details={"path": f"values.{name}"}) from None

    async def change(self, values: Mapping[str, Any], audit: AuditRecord) -> None:
        """Change settings, those with None back to those of the start, with the audit row; raises StoreError."""

        def work(connection: Connection) -> None:
            connection.execute(delete(changed_setting).where(changed_setting.c.name.in_(list(values))))
            rows = [{"name": name, "value": json.dumps(each)} for name, each in values.items() if each is not None]
            if rows:
                connection.execute(insert(changed_setting), rows)
            write_audit(connection, [audit])

        await self._writer.write(work)
        await self.read()

    async def read(self) -> None:
        """Take the stored changes into force, once; raises StoreError."""
        stored = await self._reader.read(lambda connection: dict(_STORED.tuples(connection)))
        if stored == self.changed:
            return
        values = {}
        for name, text in stored.items():
            try:
                values[name] = self.check(name, json.loads(text))
            except Invalid as error:  # another version's row
                log.warning("settings.not_taken", name=name, error=error.message)
        self.changed = stored
        changed = self.started.model_copy(update=values)
        self._apply(changed)
        self.current = changed
        log.info("settings.changed", names=sorted(values))
