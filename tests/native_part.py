"""Builds the optional C part of the server for tests and benchmarks, outside the sources."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sysconfig
import tempfile
from functools import cache
from pathlib import Path
from shutil import which
from typing import cast

from parlour.adapters.engine.native import Native

SOURCE = Path(__file__).parent.parent / "server" / "native" / "fanout.c"


def can_build() -> bool:
    """Return whether there is a C compiler with Python's headers."""
    return which("cc") is not None and (Path(sysconfig.get_path("include")) / "Python.h").exists()


@cache
def build() -> Native:
    """Compile the C part where its source changed, and import it; every warning is an error."""
    folder = Path(tempfile.gettempdir()) / f"parlour-native-{sysconfig.get_python_version()}"
    folder.mkdir(exist_ok=True)
    module = folder / f"parlour_native{sysconfig.get_config_var('EXT_SUFFIX')}"
    if not module.exists() or module.stat().st_mtime < SOURCE.stat().st_mtime:
        fresh = folder / f"{os.getpid()}.so"
        include = sysconfig.get_path("include")
        flags = ("-O2", "-Wall", "-Wextra", "-Werror", "-Wno-missing-field-initializers", "-shared", "-fPIC")
        subprocess.run(["cc", *flags, f"-I{include}", str(SOURCE), "-o", str(fresh)], check=True)
        fresh.replace(module)
    spec = importlib.util.spec_from_file_location("parlour_native", module)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return cast(Native, made)
