"""Keys that settle games: as hex, of a file, of a command; what is none is refused without being shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from parlour.runtime.settlement.keys import BadKey, read_key

HEX = "07" * 32


def test_key_is_read_as_hex_of_a_file_and_of_a_command(tmp_path: Path):
    kept = tmp_path / "referee.key"
    kept.write_text(f"0x{HEX}\n")
    keys = [read_key(source) for source in (HEX, f"0x{HEX}", str(kept), f"command:cat '{kept}'")]
    assert len({key.address for key in keys}) == 1


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("00" * 32, "beyond the curve's order"),
        ("ff" * 32, "beyond the curve's order"),
        ("/no/such/file", "No such file"),
        ("command:false", "failed with code 1"),
        ("command:no-such-program-here", "No such file"),
        ("command:echo secret", "no private key"),
    ],
)
def test_key_that_is_none_is_refused_with_the_reason(source: str, said: str):
    with pytest.raises(BadKey, match=said) as refused:
        read_key(source)
    assert "secret" not in str(refused.value)
