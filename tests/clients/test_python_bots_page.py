"""docs/bots.md: its bot and its test are files that run as they stand."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "bots.md"
FILE = re.compile(r"^```python\n# (\S+\.py)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


async def test_bot_of_the_page_passes_its_own_test(tmp_path: Path) -> None:
    for name, code in FILE.findall(PAGE.read_text(encoding="utf-8")):
        (tmp_path / name).write_text(code, encoding="utf-8")
    options = ("-q", "-p", "no:cacheprovider", "-c", "/dev/null", "--rootdir", str(tmp_path), "test_poll_bot.py")
    env = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "BOT_KEY": "0x" + "44" * 32}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "pytest", *options, cwd=tmp_path, env=env, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, output.decode()
    assert b"1 passed" in output
