"""Loads classes and functions from other packages: by the group of an entry point, or named as `module:Class`."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar, cast

import structlog

from parlour.errors import OperatorError

T = TypeVar("T")
EXTRAS = {
    "chess": "chess",
    "mcp": "mcp",
    "otel": "opentelemetry.sdk",
    "postgres": "asyncpg",
    "push": "pywebpush",
    "redis": "redis",
    "s3": "obstore",
}
"""Extra → the module that comes with it, as `pyproject.toml` lists them: not every server needs these."""

log = structlog.get_logger()


class PluginNotFound(OperatorError):
    """A class could not be loaded or cannot be served; the message says which, and what to change."""


class NotInstalled(OperatorError):
    """A part of Parlour needs a package that comes with an extra; the message says what to type."""


def need(extra: str, what: str) -> None:
    """Check that the package of an extra is installed.

    Args:
        what: what needs it, such as "A Postgres database".

    Raises:
        NotInstalled: it is not.
    """
    if not _has(extra):
        raise NotInstalled(f"{what} needs the package {EXTRAS[extra]}: {_install(extra)}")


def installed(group: str) -> list[str]:
    """Return what installed packages declare in a group of entry points, each as `module:Class`.

    Parlour's own that need an extra which is not installed are left out, and the log says how to have them.
    """
    found = []
    for point in entry_points(group=group):
        missing = [extra for extra in point.extras if extra in EXTRAS and not _has(extra)] if _is_own(point) else []
        if missing:
            log.info("plugin.left_out", group=group, name=point.name, install=_install(missing[0]))
        else:
            found.append(f"{point.module}:{point.attr}")
    return found


def _is_own(point: EntryPoint) -> bool:
    return point.dist is not None and point.dist.name == "parlour"


def _has(extra: str) -> bool:
    try:
        return find_spec(EXTRAS[extra]) is not None
    except (ValueError, ModuleNotFoundError):  # something took the place of the module, or its package is missing
        return False


def _install(extra: str) -> str:
    return f"pip install 'parlour[{extra}]'"


def load_class(reference: str, base: type[T], base_name: str) -> type[T]:
    """Return the class behind `module:Class`; modules are looked for in the working directory as well.

    Args:
        base: what the class has to be a subclass of.
        base_name: how an author writes that base, for the message.

    Raises:
        PluginNotFound: there is no such module or class, or it is not a `base`.
    """
    found = _load(reference, "module:Class, such as my_package:MyClass")
    if not (isinstance(found, type) and issubclass(found, base)):
        raise PluginNotFound(f"{reference} is not a {base_name}.")
    return found


def load_function(reference: str) -> Callable[..., object]:
    """Return the function behind `module:function`; modules are looked for as by `load_class`.

    Raises:
        PluginNotFound: there is no such module or function.
    """
    found = _load(reference, "module:function, such as my_package:report")
    if not callable(found):
        raise PluginNotFound(f"{reference} is not a function.")
    return cast(Callable[..., object], found)


def _load(reference: str, form: str) -> object:
    module_name, _, name = reference.partition(":")
    if not module_name or not name:
        raise PluginNotFound(f"{reference!r}: write {form}.")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        found: object = getattr(importlib.import_module(module_name), name)
    except ModuleNotFoundError as error:
        needed = [f": {_install(extra)}" for extra, module in EXTRAS.items() if module == error.name]
        raise PluginNotFound(f"{reference}: {error}{''.join(needed)}.") from error
    except Exception as error:  # an author's module may fail in any way while it is imported
        raise PluginNotFound(f"{reference}: {type(error).__name__}: {error}.") from error
    return found


def place_of(found: type) -> str:
    """Return a class as messages name it: `module:Class`."""
    return f"{found.__module__}:{found.__name__}"
