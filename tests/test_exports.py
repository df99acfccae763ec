"""What `import parlour` offers, and what it costs."""

from __future__ import annotations

import subprocess
import sys

import pytest


def test_import_of_parlour_loads_nothing_heavy():
    code = (
        "import sys, parlour; print([m for m in ('pydantic', 'eth_abi', 'sqlalchemy', 'asyncio') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_parlour_names_what_it_offers():
    import parlour

    assert set(parlour.__all__) <= set(dir(parlour))
    assert all(getattr(parlour, name) is not None for name in parlour.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Nope'"):
        parlour.Nope  # noqa: B018  # looking it up is the test
