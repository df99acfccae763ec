"""Every benchmark that `parlour bench` lists can be called as that command calls it."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from parlour.commands.bench import BENCHES
from tests.bench import bench_posts, load
from tests.bench.bench_log import bench_log


@pytest.mark.parametrize("module", [module for module, _ in BENCHES.values()])
def test_benchmark_refuses_an_option_it_does_not_know(module: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as refused:
        import_module(f"tests.bench.{module}").main(["--no-such-option"])
    assert refused.value.code == 2
    assert "--no-such-option" in capsys.readouterr().err


async def test_log_benchmark_answers_a_line_for_each_shape(tmp_path: Path):
    lines = await bench_log(f"sqlite+aiosqlite:///{tmp_path}/bench.db", total=64, shapes=((1, 1, 1), (4, 2, 2)))
    assert [" entries/s" in line for line in lines] == [True, True]


def test_load_of_posts_reaches_whole_rooms_without_a_gap(tmp_path: Path):
    with bench_posts.parlour(tmp_path, accounts=4) as (port, pid, tokens):
        shape = ("-m", "post", "-n", "20", "-r", "2", "-P", "2", "-W", "0.1", "-d", "1")
        sample = load.load(port, pid, *shape, *tokens)
    assert sample["acks_total"] > 2, sample  # one of each room is what starts it
    assert (sample["unacked"], sample["copies_missing"]) == (0, 0), sample
