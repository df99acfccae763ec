"""Say what an installation of Parlour is made of, and under which licences, from what the packages say themselves.

    python server/tools/licences.py > docs/licences.md         the list
    python server/tools/licences.py --sbom > parlour.cdx.json  a bill of materials (CycloneDX 1.6), with versions

Run it where `parlour[all]` is installed with server/constraints.txt. What only tests need is in neither.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

EXTRAS = ("postgres", "redis", "s3", "push", "otel", "mcp", "chess")
HEAD = """\
# Licences

Parlour is MIT ([LICENSE](../LICENSE)). What an installation brings along, as the packages themselves say, made by
`python server/tools/licences.py`. With `--sbom` it prints a bill of materials (CycloneDX 1.6) with installed versions.
Those that the tests ran with are in [server/constraints.txt](../server/constraints.txt). The licences of what is in the
JavaScript bundles stand beside them, in `THIRD-PARTY.txt`.

**Copyleft**: `chess` (with the extra of that name, or `all`, for chess and daily chess) is under the GPL, version 3 or
later; whoever passes on a server with it does so under its terms. Nothing else is under the GPL. `MPL-2.0` asks only
that changes to files of that package itself are published.

| package | licence | with |
|---|---|---|
"""
NAMES = {
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "BSD": "BSD",
    "ISC License": "ISC",
    "BSD, Public Domain": "BSD AND public domain",
    "3-Clause BSD License": "BSD-3-Clause",
    "MIT License": "MIT",
    "MIT license": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "GNU General Public License v3 or later (GPLv3+)": "GPL-3.0-or-later",
    "GPL-3.0+": "GPL-3.0-or-later",
    "Python Software Foundation License": "PSF-2.0",
}
"""The SPDX names of what packages say in words."""


def needed(name: str, extras: Iterable[str] = ()) -> dict[str, Distribution]:
    """Return the packages that one needs here, itself included, by name."""
    found: dict[str, Distribution] = {}
    asked = [(name, frozenset(extras))]
    seen = set(asked)
    while asked:
        name, wanted = asked.pop()
        try:
            package = distribution(name)
        except PackageNotFoundError:
            continue  # an extra that nobody installed, or a marker that this reads more widely than pip
        found[canonicalize_name(name)] = package
        for line in package.requires or ():
            each = Requirement(line)
            marks = [{"extra": extra} for extra in (wanted or {""})]
            if each.marker is None or any(each.marker.evaluate(mark) for mark in marks):
                following = (each.name, frozenset(each.extras))
                if following not in seen:
                    seen.add(following)
                    asked.append(following)
    return found


def licence(package: Distribution) -> str:
    """Return the licence that a package names: an expression, a word of its metadata, or its classifiers."""
    told = package.metadata
    if told["License-Expression"]:
        return str(told["License-Expression"])
    classified = [line.rpartition(":: ")[2] for line in told.get_all("Classifier") or () if line.startswith("License")]
    word = told["License"] or ""
    plain = word if word and len(word) < 40 and "\n" not in word else " OR ".join(sorted(classified))
    return " OR ".join(sorted({NAMES.get(each, each) for each in plain.split(" OR ")})) or "not said"


def listed() -> str:
    """Return the page."""
    always = needed("parlour")
    rows = {name: (package, "always") for name, package in always.items() if name != "parlour"}
    for extra in EXTRAS:
        for name, package in needed("parlour", [extra]).items():
            if name not in always:
                before = rows.get(name)
                rows[name] = (package, f"{before[1]}, `{extra}`" if before else f"`{extra}`")
    lines = [f"| `{name}` | {licence(package)} | {where} |" for name, (package, where) in sorted(rows.items())]
    return HEAD + "\n".join(lines) + "\n"


def bill() -> str:
    """Return the bill of materials."""
    parts = needed("parlour", EXTRAS)
    own = parts.pop("parlour")
    components = [
        {
            "type": "library",
            "name": name,
            "version": package.version,
            "purl": f"pkg:pypi/{name}@{package.version}",
            "licenses": [{"license": {"name": licence(package)}}],
        }
        for name, package in sorted(parts.items())
    ]
    subject = {"type": "application", "name": "parlour", "version": own.version}
    return json.dumps(
        {
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "version": 1,
            "metadata": {"component": {**subject, "licenses": [{"license": {"id": "MIT"}}]}},
            "components": components,
        },
        indent=2,
    )


if __name__ == "__main__":
    sys.stdout.write(bill() + "\n" if "--sbom" in sys.argv[1:] else listed())
