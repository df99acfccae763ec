"""Finds anvil's binary, or fetches it once through npm.

The platform package's binary is run directly: npm's node wrapper leaks its child.
"""

from __future__ import annotations

import asyncio
import os
import platform
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

ANVIL_VERSION = "1.7.1"
"""The version that tests and `parlour dev` run on; foundry's npm packages carry the same number."""


class NoAnvil(Exception):
    """There is no anvil here; the message says how to install it."""


def platform_package() -> str:
    """Return the npm package of anvil's binary for this machine, such as `@foundry-rs/anvil-linux-amd64`.

    Raises:
        NoAnvil: foundry publishes none for it.
    """
    system = {"linux": "linux", "darwin": "darwin", "win32": "win32"}.get(sys.platform)
    machine = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}.get(
        platform.machine().lower()
    )
    if system is None or machine is None:
        raise NoAnvil(f"foundry publishes no anvil for {sys.platform} on {platform.machine()}.")
    return f"@foundry-rs/anvil-{system}-{machine}"


def cache_folder() -> Path:
    """Return the folder of fetched binaries: `$XDG_CACHE_HOME/parlour/anvil-<version>`."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "parlour" / f"anvil-{ANVIL_VERSION}"


def find_anvil() -> Path | None:
    """Return anvil's path, or None where it is not installed.

    Looks at `PARLOUR_ANVIL`, in `PATH`, in `.tools/` of the current folder, of its parents and of this file's parents,
    and in the cache.
    """
    if named := os.environ.get("PARLOUR_ANVIL"):
        return Path(named) if os.access(named, os.X_OK) else None
    if found := shutil.which("anvil"):
        return Path(found)
    try:
        inside = Path("node_modules") / platform_package() / "bin" / "anvil"
    except NoAnvil:
        return None
    here = Path.cwd()
    places = [p / ".tools" for p in (here, *here.parents, *Path(__file__).resolve().parents)]
    candidates = (place / inside for place in (*places, cache_folder()))
    return next((p for p in candidates if os.access(p, os.X_OK)), None)


async def fetch_anvil(progress: Callable[[str], None] = lambda line: None, timeout: float = 180.0) -> Path:
    """Find anvil, or install its platform package once through npm into the cache folder.

    Args:
        progress: gets one line for each thing that happens.
        timeout: seconds npm may take.

    Raises:
        NoAnvil: npm is missing or failed; the message says what to type.
    """
    if found := find_anvil():
        return found
    package, folder = f"{platform_package()}@{ANVIL_VERSION}", cache_folder()
    line = f"npm i --no-save --prefix {folder} {package}"
    npm = shutil.which("npm")
    if npm is None:
        raise NoAnvil(f"There is neither anvil nor npm here. With npm installed: {line}")
    progress(f"Fetching anvil {ANVIL_VERSION} through npm (43 MB, once) …")
    folder.mkdir(parents=True, exist_ok=True)
    try:
        code, errors = await _run(
            timeout, npm, "i", "--no-save", "--no-audit", "--no-fund", "--prefix", folder, package
        )
    except TimeoutError:
        raise NoAnvil(f"npm did not finish within {timeout:g} s. By hand: {line}") from None
    except asyncio.CancelledError:
        progress("Interrupted: anvil was not fetched.")
        raise
    found = find_anvil()
    if code != 0 or found is None:
        said = _last_line(errors) or f"it ended with {code} and said nothing"
        raise NoAnvil(f"npm could not install anvil: {said}. By hand: {line}")
    progress("anvil is ready.")
    return found


async def _run(timeout: float, *command: str | Path) -> tuple[int | None, bytes]:
    """Return a program's exit code and stderr; raises TimeoutError. However this ends, the program has ended."""
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    try:
        _, errors = await asyncio.wait_for(process.communicate(), timeout)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode, errors


def _last_line(output: bytes) -> str:
    """Return the last line that says something; npm's own names its log file."""
    lines = [line.strip() for line in output.decode(errors="replace").splitlines()]
    told = [line for line in lines if line and "A complete log of this run" not in line and "-debug-0.log" not in line]
    return told[-1].removeprefix("npm error ").rstrip(".") if told else ""
