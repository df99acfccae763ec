"""Every benchmark that `parlour bench` lists can be called as that command calls it."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from parlour.commands.bench import BENCHES
from tests.bench import (
    bench_bars,
    bench_embed,
    bench_lists,
    bench_many,
    bench_memory,
    bench_posts,
    bench_storage,
    load,
    quiet,
)
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


@pytest.mark.parametrize("side", ["socketio", "plain"])
async def test_request_to_an_embedded_server_costs_something(side: str, tmp_path: Path) -> None:
    told = bench_embed.SIDES[side]
    with bench_embed.running(told, tmp_path) as (base, pid):
        taken = await bench_embed.sample(base, pid, told, requests=200)
    assert taken["hundred"] > 0, taken


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("'--enable-optimizations' '--with-lto'", "(PGO, LTO)"),
        ("'--with-lto=full'", "(no PGO, LTO)"),
        ("", "(no PGO, no LTO)"),
        ("'--enable-shared' '--with-wheel-pkg-dir=/usr/share/python-wheels/'", "(Debian's: PGO, LTO)"),
    ],
)
def test_interpreter_is_named_with_how_it_was_built(arguments: str, expected: str) -> None:
    assert quiet.interpreter(arguments).endswith(expected)


def test_bars_say_which_of_them_are_met() -> None:
    bar = bench_bars.Bar("posts", "ms", {"node": 1.0, "bun": 0.77}, lower_is_better=True)
    taken = {"parlour": [{"ms": 12.0}], "node": [{"ms": 18.0}], "bun": [{"ms": 6.0}]}
    lines = bench_bars.table([bar], {"posts": taken})
    assert [line.split()[-1] for line in lines[2:]] == ["met", "MISSED"]


def test_table_is_quiet_only_where_nothing_speaks_against_it() -> None:
    assert quiet.reasons(2, 0.5, 0.3, {"posts": 1.1}) == []
    assert len(quiet.reasons(60, 5, 3, {"posts": 2.0, "joins": 1.2})) == 4
    assert quiet.reasons(2, 0.5, 0.3, {"posts": 1.5}) == ["rounds of posts differ 1.5×"]


def test_conditions_of_a_disturbed_run_say_so_above_the_table() -> None:
    with quiet.Conditions() as conditions:
        conditions.note_all("posts", [100, 250])
    conditions.foreign_pct = 70
    machine, interpreter, verdict = conditions.lines()
    assert machine
    assert "Python" in interpreter
    assert verdict.startswith("NOISY: other processes took 70 % of the CPUs")
    assert verdict.endswith("rounds of posts differ 2.5×")


async def test_lists_benchmark_reads_every_page(tmp_path: Path) -> None:
    lines = await bench_lists.bench(f"sqlite+aiosqlite:///{tmp_path}/bench.db", rooms=400)
    assert [line.split()[-1] for line in lines if line.startswith(("public", "mine"))] == ["50", "50", "50"]


def test_storage_benchmark_adds_up_table_and_indexes() -> None:
    lines = bench_storage.bench(3_000)
    assert any(line.startswith("ix_entry_mark") for line in lines)
    assert 250 < float(lines[-1].split()[-2]) <= 350


async def test_many_rooms_benchmark_answers_a_line_for_each_row() -> None:
    _, lines = await bench_many.bench(rooms=120, seconds=0.05)
    assert len(lines) == 4


async def test_memory_benchmark_opens_and_fills_rooms() -> None:
    assert len(await bench_memory.bench(rooms=5, entries=20)) == 3
