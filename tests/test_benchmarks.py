"""Every benchmark that `parlour bench` offers can be called the way it calls them."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from parlour.cli import BENCHES
from tests.bench.bench_log import bench_log


@pytest.mark.parametrize("module", [module for module, _ in BENCHES.values()])
def test_a_benchmark_takes_options_and_refuses_unknown_ones(module: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as refused:
        import_module(f"tests.bench.{module}").main(["--no-such-option"])
    assert refused.value.code == 2
    assert "--no-such-option" in capsys.readouterr().err


async def test_the_log_layer_is_measured_shape_by_shape(tmp_path: Path):
    lines = await bench_log(f"sqlite+aiosqlite:///{tmp_path}/bench.db", total=64, shapes=((1, 1, 1), (4, 2, 2)))
    assert [" entries/s" in line for line in lines] == [True, True]
