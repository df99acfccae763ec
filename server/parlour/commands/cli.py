"""The command line. Heavy modules are imported inside commands, so that `--help` answers at once.

Exit codes: 0 done, 1 a check failed, 2 wrong usage, 3 cannot reach or open something.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from parlour.runtime.identity.api_keys import ApiKeys
    from parlour.settings import Settings

FAILED, USAGE, UNREACHABLE = 1, 2, 3

cli = typer.Typer(
    name="parlour",
    help="The room server for DApps: wallets meet in rooms, and the chain is a participant.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
token_cli = typer.Typer(help="API keys for a DApp's backend.", no_args_is_help=True)
chain_cli = typer.Typer(help="The followers: status, replay, rewind.", no_args_is_help=True)
bench_cli = typer.Typer(help="Benchmarks, as ratios against peers in the same run.", no_args_is_help=True)
new_cli = typer.Typer(help="Start something new.", no_args_is_help=True)
config_cli = typer.Typer(help="Settings: what is in force.", no_args_is_help=True)
cli.add_typer(token_cli, name="token")
cli.add_typer(chain_cli, name="chain")
cli.add_typer(bench_cli, name="bench")
cli.add_typer(config_cli, name="config")
cli.add_typer(new_cli, name="new")

Games = Annotated[list[str] | None, typer.Option("--games", help="More games, as module:Class.")]
Host = Annotated[str | None, typer.Option(help="Address to bind.")]
Port = Annotated[int | None, typer.Option(help="Port to bind; 0 takes a free one.")]
Database = Annotated[str | None, typer.Option("--database-url", help="SQLAlchemy URL of the database.")]
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]


@cli.command()
def serve(host: Host = None, port: Port = None, games: Games = None, database_url: Database = None) -> None:
    """Run the server with the settings of the environment (PARLOUR_*, .env, parlour.toml)."""
    from parlour.commands.serving import serve_forever

    settings = _settings(host=host, port=port, games=games, database_url=database_url)
    _run(serve_forever(settings))


@cli.command()
def dev(
    chain: Annotated[str | None, typer.Option(help="RPC URL of a dev chain to use instead of anvil.")] = None,
    no_chain: Annotated[bool, typer.Option("--no-chain", help="Go without a chain.")] = False,
    host: Host = None,
    port: Port = None,
    games: Games = None,
    data: Annotated[Path, typer.Option(help="Folder for the database and the chain.")] = Path(".parlour"),
) -> None:
    """Run everything in one process: database, dev chain, demo rooms, funded wallets."""
    from parlour.commands.dev import run_dev

    _run(run_dev(host=host, port=port, games=games, chain_url=chain, with_chain=not no_chain, data=data))


@cli.command()
def migrate(
    database_url: Database = None,
    status: Annotated[bool, typer.Option("--status", help="Show the state, change nothing.")] = False,
) -> None:
    """Apply pending migrations (`serve` does it by itself at its start)."""
    from parlour.adapters.sql import migrations

    settings = _settings(database_url=database_url)
    state = _run(migrations.status(settings.database_url) if status else migrations.upgrade(settings.database_url))
    typer.echo(f"at {state.current or 'nothing'}, newest {state.head}")
    if state.pending:
        typer.echo(f"pending: {', '.join(state.pending)}")
        raise typer.Exit(FAILED)


@cli.command()
def doctor(database_url: Database = None, as_json: AsJson = False) -> None:
    """Check the installation and the database: migrations, hash chains, gaps, cursors, signatures' speed."""
    from parlour.commands.doctor import examine

    findings = _run(examine(_settings(database_url=database_url)))
    if as_json:
        typer.echo(json.dumps([{"check": f.check, "ok": f.ok, "detail": f.detail} for f in findings]))
    else:
        for finding in findings:
            typer.echo(f"{'ok  ' if finding.ok else 'FAIL'} {finding.check}: {finding.detail}")
    if not all(finding.ok for finding in findings):
        raise typer.Exit(FAILED)


@cli.command()
def backup(target: Annotated[Path, typer.Argument(help="A new file.")], database_url: Database = None) -> None:
    """Write the whole database into one file, while servers run."""
    from parlour.adapters.sql.backup import backup as write_backup

    _run(write_backup(_settings(database_url=database_url).database_url, target))
    typer.echo(f"wrote {target}")


@cli.command()
def restore(source: Annotated[Path, typer.Argument(help="A backup.")], database_url: Database = None) -> None:
    """Fill an empty database from a backup; every room gets a new epoch, so clients notice."""
    from parlour.adapters.sql.backup import restore as fill

    rooms = _run(fill(source, _settings(database_url=database_url).database_url))
    typer.echo(f"restored {rooms} rooms")


@cli.command()
def replay(
    room: Annotated[str, typer.Argument(help="The room's id.")],
    at: Annotated[int | None, typer.Option(min=1, help="Stop after this entry.")] = None,
    viewer: Annotated[str | None, typer.Option("--as", help="Show it as this account sees it.")] = None,
    games: Games = None,
    database_url: Database = None,
) -> None:
    """Fold a room's log again and show its state, at any entry, as any viewer."""
    from parlour.commands.replay import replayed

    state = _run(replayed(_settings(games=games, database_url=database_url), room, at, viewer))
    typer.echo(json.dumps(state, indent=2, ensure_ascii=False))


@cli.command()
def verify(
    transcript: Annotated[Path, typer.Argument(help="What GET /api/rooms/<id>/transcript answered; - reads stdin.")],
    key: Annotated[str | None, typer.Option(help="The address the server's key must have.")] = None,
    games: Games = None,
    as_json: AsJson = False,
) -> None:
    """Judge a transcript offline: hash chain, authors, server key, game result; exit code 1 where one is wrong."""
    from parlour.commands.verify import NoTranscript, verified
    from parlour.runtime.plugins import PluginNotFound

    try:
        lines = (sys.stdin.buffer if str(transcript) == "-" else transcript.open("rb")).readlines()
        report = verified(lines, games or (), key)
    except (NoTranscript, PluginNotFound) as error:
        _fail(str(error), USAGE)
    except OSError as error:
        _fail(str(error), UNREACHABLE)
    if as_json:
        checks = {name: {"ok": held, "detail": sentence} for name, (held, sentence) in report.checks.items()}
        told = {"room": report.room, "head": report.head, "ok": report.holds, "checks": checks}
        typer.echo(json.dumps({**told, "unchecked": report.unchecked}))
    else:
        for name, (held, sentence) in report.checks.items():
            typer.echo(f"{'ok   ' if held else 'WRONG'} {name}: {sentence}")
        for name, sentence in report.unchecked.items():
            typer.echo(f"--    {name}: {sentence}")
    if not report.holds:
        raise typer.Exit(FAILED)


@cli.command()
def version() -> None:
    """Print the version."""
    from parlour import __version__

    typer.echo(__version__)


@new_cli.command("game")
def new_game(
    name: Annotated[str, typer.Argument(help="Such as connect-four.")],
    folder: Annotated[Path, typer.Option(help="Where to write it.")] = Path(),
) -> None:
    """Write a game that runs and its test, to change into yours."""
    from parlour.commands.scaffold import NameTaken, class_in
    from parlour.commands.scaffold import new_game as write

    try:
        paths = write(name, folder)
        for path in paths:
            typer.echo(f"wrote {path}")
        typer.echo(f"play it: parlour dev --games {paths[0].stem}:{class_in(paths[0])}")
    except (ValueError, NameTaken, OSError) as error:
        _fail(str(error), USAGE)


@token_cli.command("mint")
def token_mint(
    name: Annotated[str, typer.Argument(help="The author of what the key writes is app:<name>.")],
    scope: Annotated[list[str], typer.Option(help="What it may do; repeat for more.")],
    days: Annotated[float | None, typer.Option(help="Its life; without it, no end.")] = None,
    database_url: Database = None,
) -> None:
    """Make an API key; its text is shown once."""
    text, _ = _run(_with_keys(database_url, lambda keys: keys.mint(name, scope, days)))
    typer.echo(text)


@token_cli.command("list")
def token_list(database_url: Database = None, as_json: AsJson = False) -> None:
    """Every key there ever was, without its text."""
    keys = _run(_with_keys(database_url, lambda keys: keys.list()))
    for key in keys:
        state = "revoked" if key.revoked_at else "live"
        told = {"id": key.id, "name": key.name, "scopes": list(key.scopes), "state": state}
        typer.echo(json.dumps(told) if as_json else f"{key.name:20} {state:8} {' '.join(key.scopes)}")


@token_cli.command("revoke")
def token_revoke(name: str, database_url: Database = None) -> None:
    """End a key; servers refuse it within a second."""
    _run(_with_keys(database_url, lambda keys: keys.revoke(name)))


BENCHES = {
    "log": ("bench_posts", "Durable posts, the whole server, beside Node and Bun."),
    "store": ("bench_log", "The log layer alone: entries a second to disk."),
    "sockets": ("bench_sockets", "The transport beside Node Socket.IO and Bun."),
    "chain": ("bench_chain", "Mined to entry, logs a second, decoding."),
    "game": ("bench_game", "Durable actions, ticking rooms, bytes per update."),
    "sign-in": ("bench_sign_in", "Sign-ins verified a second."),
}


def _bench(name: str, module: str, about: str) -> None:
    @bench_cli.command(name, help=about, context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
    def run(context: typer.Context) -> None:
        from importlib import import_module

        root = Path(__file__).parents[3]
        if not (root / "tests" / "bench" / f"{module}.py").is_file():
            _fail("benchmarks are part of the sources; run this in a checkout.", USAGE)
        sys.path.insert(0, str(root))
        import_module(f"tests.bench.{module}").main(context.args)


for _name, (_module, _about) in BENCHES.items():
    _bench(_name, _module, _about)

Url = Annotated[str | None, typer.Option(help="The running server; default from the settings.")]
Token = Annotated[str | None, typer.Option(envvar="PARLOUR_TOKEN", help="An API key with admin scopes.")]


@chain_cli.command("status")
def chain_status(url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """Head, processed and finalized block, lag, reorganisations and endpoints of every chain."""
    chains = _admin("GET", "/api/admin/chains", url, token)["chains"]
    for chain in chains:
        if as_json:
            typer.echo(json.dumps(chain))
            continue
        typer.echo(
            f"chain {chain['chain']}: {chain['state']}, head {chain['head']}, processed {chain['processed']}, "
            f"finalized {chain['finalized']}, {chain['lagBlocks']} blocks behind, {chain['reorgs']} reorgs"
            + (f" ({chain['reason']})" if chain["reason"] else "")
        )
    if any(chain["state"] == "halted" for chain in chains):
        raise typer.Exit(FAILED)


@chain_cli.command("replay")
def chain_replay(chain: int, url: Url = None, token: Token = None) -> None:
    """Try a halted chain again, and give parked deliveries another life."""
    typer.echo(f"revived {_admin('POST', f'/api/admin/chains/{chain}/replay', url, token)['revived']} deliveries")


@chain_cli.command("rewind")
def chain_rewind(
    chain: int,
    to: Annotated[int, typer.Option(help="The last block to keep.")],
    url: Url = None,
    token: Token = None,
) -> None:
    """Accept the node's chain from a block on, also below finality; rooms get the reverts."""
    undone = _admin("POST", f"/api/admin/chains/{chain}/rewind", url, token, {"to": to})["undone"]
    typer.echo(f"undid {undone} blocks")


def _admin(method: str, path: str, url: str | None, token: str | None, body: Any = None) -> Any:
    """One call of the operators' API; its errors are one line."""
    from urllib.error import HTTPError, URLError
    from urllib.request import Request, urlopen

    settings = _settings()
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    address = (url or f"{settings.scheme}://{settings.host}:{settings.port}") + path
    request = Request(address, json.dumps(body or {}).encode() if method == "POST" else None, headers, method=method)
    try:
        with urlopen(request, timeout=30) as answer:
            return json.load(answer)
    except HTTPError as error:
        _fail(json.load(error)["error"]["message"], FAILED)
    except (URLError, TimeoutError, ValueError) as error:
        _fail(f"{address} does not answer: {error}", UNREACHABLE)


async def _with_keys(database_url: str | None, work: Callable[[ApiKeys], Awaitable[Any]]) -> Any:
    from parlour.adapters.sql import migrations
    from parlour.adapters.sql.rooms import open_store
    from parlour.adapters.sql.sessions import SqlApiKeyStore
    from parlour.runtime.clock import SystemClock
    from parlour.runtime.identity.api_keys import ApiKeys

    settings = _settings(database_url=database_url)
    await migrations.upgrade(settings.database_url)
    store = await open_store(settings.database_url)
    try:
        return await work(ApiKeys(SqlApiKeyStore(store.writer, store.reader), SystemClock()))
    finally:
        await store.close()


@config_cli.command("show")
def config_show() -> None:
    """Every setting in force; what may hold a secret is masked."""
    for name, value in _settings().model_dump().items():
        typer.echo(f"PARLOUR_{name.upper()}={_masked(name, value)}")


def _masked(name: str, value: Any) -> str:
    if name == "chains":
        return f"{len(value)} configured"
    if name in ("database_url", "redis_url") and value and "@" in value:
        scheme, _, rest = value.partition("://")
        return f"{scheme}://***@{rest.rpartition('@')[2]}"
    return json.dumps(value, default=str)


def _settings(**overrides: Any) -> Settings:
    from parlour.settings import SettingsError, load

    try:
        return load(**overrides)
    except SettingsError as error:
        _fail(str(error), USAGE)


def _run(work: Coroutine[Any, Any, Any]) -> Any:
    """Run to the end on the fast loop; what an operator can mend is one line, never a traceback."""
    import asyncio

    from parlour.adapters.engine import loop_factory
    from parlour.commands.serving import OPERATOR_ERRORS
    from parlour.errors import ParlourError

    try:
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            return runner.run(work)
    except KeyboardInterrupt:
        return None
    except ParlourError as error:
        _fail(error.message, FAILED)
    except OPERATOR_ERRORS as error:
        _fail(str(error) or type(error).__name__, UNREACHABLE)


def _fail(message: str, code: int) -> NoReturn:
    typer.echo(f"parlour: {message}", err=True)
    raise typer.Exit(code)


def main() -> None:
    """The `parlour` command."""
    cli(prog_name="parlour")
