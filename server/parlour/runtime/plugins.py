"""Loads classes from other packages: by the group of an entry point, or named as `module:Class`."""

from __future__ import annotations

import importlib
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import TypeVar

from parlour.errors import OperatorError

T = TypeVar("T")


class PluginNotFound(OperatorError):
    """A class could not be loaded or cannot be served; the message says which, and what to change."""


def installed(group: str) -> list[str]:
    """Return what installed packages declare in a group of entry points, each as `module:Class`."""
    return [f"{point.module}:{point.attr}" for point in entry_points(group=group)]


def load_class(reference: str, base: type[T], base_name: str) -> type[T]:
    """Return the class behind `module:Class`; modules are looked for in the working directory as well.

    Args:
        base: what the class has to be a subclass of.
        base_name: how an author writes that base, for the message.

    Raises:
        PluginNotFound: there is no such module or class, or it is not a `base`.
    """
    module_name, _, name = reference.partition(":")
    if not module_name or not name:
        raise PluginNotFound(f"{reference!r}: write module:Class, such as my_package:MyClass.")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        found = getattr(importlib.import_module(module_name), name)
    except Exception as error:  # an author's module may fail in any way while it is imported
        raise PluginNotFound(f"{reference}: {type(error).__name__}: {error}.") from error
    if not (isinstance(found, type) and issubclass(found, base)):
        raise PluginNotFound(f"{reference} is not a {base_name}.")
    return found


def place_of(found: type) -> str:
    """Return a class as messages name it: `module:Class`."""
    return f"{found.__module__}:{found.__name__}"
