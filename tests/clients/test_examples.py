"""The examples of the JavaScript clients, with the packages as the server packs them."""

from __future__ import annotations

import asyncio
import io
import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from parlour.adapters.http.packages import pack
from parlour.settings import static_folder
from parlour.testing.server import ServerProcess
from parlour.testing.wallets import wallet
from parlour_client import connect
from tests.missing import missing

CLIENTS = Path(__file__).parents[2] / "clients"
EXAMPLES = CLIENTS / "examples"
PACKAGES = {"client": "package", "react": "react"}


@pytest.fixture
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the packed packages of the server installed; what they need is in clients/node_modules."""
    if shutil.which("node") is None or not (CLIENTS / "node_modules/viem").is_dir():
        missing("needs Node and `npm ci` in clients/")
    folder = CLIENTS / "node_modules" / f".{tmp_path_factory.mktemp('examples').parent.name}-examples-{os.getpid()}"
    for name, built in PACKAGES.items():
        with tarfile.open(fileobj=io.BytesIO(pack(static_folder() / built))) as tar:
            tar.extractall(folder / "unpacked", filter="data")
        shutil.move(folder / "unpacked/package", folder / "node_modules/@parlour" / name)
    yield folder
    shutil.rmtree(folder)


async def test_node_bot_from_packed_packages_signs_in_and_answers(project: Path) -> None:
    shutil.copy(EXAMPLES / "node-bot/bot.mjs", project)
    async with ServerProcess() as server, connect(server.url, wallet("alice")) as alice:
        await alice.create("chat", id="hall")
        async with alice.join("hall") as room:
            bot = await asyncio.create_subprocess_exec(
                "node", str(project / "bot.mjs"), server.url, "hall", stdout=asyncio.subprocess.PIPE
            )
            try:
                assert bot.stdout is not None
                assert b"listens in hall" in await asyncio.wait_for(bot.stdout.readline(), 60)
                asked = await room.say("gm")
                answer = await room.wait_for("chat.message", lambda entry: entry.text == "gm ☀️", timeout=30)
                assert answer.body is not None
                assert answer.body["replyTo"] == asked.seq
                assert answer.author != alice.account
            finally:
                bot.terminate()
                await bot.wait()


def test_react_chat_compiles_against_the_packed_packages(project: Path) -> None:
    for name in ("main.tsx", "tsconfig.json"):
        shutil.copy(EXAMPLES / "react-chat" / name, project)
    tsc = ["node", str(CLIENTS / "node_modules/typescript/bin/tsc"), "-p", str(project)]
    ran = subprocess.run(tsc, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stdout


WAGMI = """
import { connect, createConfig, http, injected } from "@wagmi/core";
import { mainnet } from "@wagmi/core/chains";
import { privateKeyToAccount } from "viem/accounts";
import { enter } from "./enter.mjs";

const [url, key] = process.argv.slice(2);
const owner = privateKeyToAccount(key);
const answers = { eth_requestAccounts: [owner.address], eth_accounts: [owner.address], eth_chainId: "0x1" };
const provider = {
  request: async ({ method, params }) =>
    method === "personal_sign" ? owner.signMessage({ message: { raw: params[0] } }) : (answers[method] ?? null),
  on() {},
  removeListener() {},
};
const target = { id: "pocket", name: "Pocket", provider };
globalThis.window = globalThis; // where `injected` looks for the wallets of a browser
const config = createConfig({
  chains: [mainnet],
  multiInjectedProviderDiscovery: false, // there is no page that wallets could announce themselves to
  connectors: [injected({ target: () => target })],
  transports: { [mainnet.id]: http("http://127.0.0.1:9") },
});
await connect(config, { connector: config.connectors[0] });
const client = await enter(config, url);
const room = await client.joinRoom({ room: "hall" });
await room.say("gm");
console.log((await client.ready()).account);
process.exit();
"""
WAGMI_PAGE = """
import { privateKeyToAccount } from "viem/accounts";

const owner = privateKeyToAccount(process.argv[2]);
const answers = { eth_requestAccounts: [owner.address], eth_accounts: [owner.address], eth_chainId: "0x1" };
const ethereum = {
  request: async ({ method, params }) =>
    method === "personal_sign" ? owner.signMessage({ message: { raw: params[0] } }) : (answers[method] ?? null),
  on() {},
  removeListener() {},
};
const button = {};
const list = {
  replaceChildren: (...items) => {
    console.log(items.map(({ textContent }) => textContent).join());
    if (items.length) process.exit();
  },
};
const quiet = { addEventListener() {}, removeEventListener() {}, dispatchEvent() {} };
Object.assign(globalThis, quiet, {
  ethereum,
  window: globalThis,
  document: { ...quiet, querySelector: (name) => (name === "button" ? button : list), createElement: () => ({}) },
});
await import("./main.mjs");
await button.onclick();
setTimeout(() => process.exit(1), 30_000); // until the page shows what it said
"""
RAINBOWKIT = """
import { connect } from "@parlour/client";
import { privateKeyToAccount } from "viem/accounts";
import { parlourAuth } from "./auth.mjs";

const [url, key] = process.argv.slice(2);
const owner = privateKeyToAccount(key);
const { session, auth } = parlourAuth(url);
const nonce = await auth.getNonce(); // the calls of RainbowKit's button, in its order
const message = auth.createMessage({ nonce, address: owner.address, chainId: 1 });
if (await auth.verify({ message, signature: `0x${"11".repeat(65)}` })) throw new Error("anybody comes in");
const again = auth.createMessage({ nonce: await auth.getNonce(), address: owner.address, chainId: 1 });
const signed = await auth.verify({ message: again, signature: await owner.signMessage({ message: again }) });
if (!signed) throw new Error("not signed in");
const client = connect({ url, token: session });
const room = await client.joinRoom({ room: "hall" });
await room.say("gm");
console.log((await client.ready()).account);
await auth.signOut();
process.exit();
"""


@pytest.mark.parametrize(
    ("example", "file", "code", "core"),
    [
        ("wagmi", "enter.mjs", WAGMI, "@wagmi/core"),
        ("wagmi", "enter.mjs", WAGMI, "wagmi-core-3"),
        ("rainbowkit", "auth.mjs", RAINBOWKIT, None),
    ],
    ids=["wagmi 2", "wagmi 3", "rainbowkit"],
)
async def test_wallet_example_from_packed_packages_signs_in_and_talks(
    project: Path, example: str, file: str, code: str, core: str | None
) -> None:
    shutil.copy(EXAMPLES / example / file, project)
    (project / "driver.mjs").write_text(code, encoding="utf-8")
    if core is not None:
        (project / "node_modules/@wagmi").mkdir()
        (project / "node_modules/@wagmi/core").symlink_to(CLIENTS / "node_modules" / core)
    bob = wallet("bob")
    async with ServerProcess() as server, connect(server.url, wallet("alice")) as alice:
        await alice.create("chat", id="hall")
        async with alice.join("hall") as room:
            command = ["node", str(project / "driver.mjs"), server.url, "0x" + bytes(bob.key).hex()]
            node = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
            said, _ = await node.communicate()
            assert (node.returncode, said.decode().strip()) == (0, bob.address)
            said_there = [(entry.author, entry.text) for entry in (await room.history()).items if entry.text]
            assert said_there == [(bob.address, "gm")]


@pytest.mark.parametrize("core", ["@wagmi/core", "wagmi-core-3"])
async def test_wagmi_page_from_packed_packages_signs_in_and_shows_what_it_said(project: Path, core: str) -> None:
    (project / "node_modules/@wagmi").mkdir()
    (project / "node_modules/@wagmi/core").symlink_to(CLIENTS / "node_modules" / core)
    (project / "driver.mjs").write_text(WAGMI_PAGE, encoding="utf-8")
    shutil.copy(EXAMPLES / "wagmi/enter.mjs", project)
    page = (EXAMPLES / "wagmi/main.mjs").read_text(encoding="utf-8")
    async with ServerProcess() as server, connect(server.url, wallet("alice")) as alice:
        assert "http://localhost:8080" in page
        (project / "main.mjs").write_text(page.replace("http://localhost:8080", server.url), encoding="utf-8")
        await alice.create("chat", id="lobby")
        command = ["node", str(project / "driver.mjs"), "0x" + bytes(wallet("bob").key).hex()]
        node = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        shown, _ = await asyncio.wait_for(node.communicate(), 60)
        assert (node.returncode, shown.decode().split()[-1:]) == (0, ["gm"])


@pytest.mark.parametrize("example", sorted(folder.name for folder in EXAMPLES.iterdir()))
def test_example_is_short_and_says_how_to_run_it(example: str) -> None:
    codes = [file for ending in ("mjs", "js", "tsx") for file in (EXAMPLES / example).rglob(f"*.{ending}")]
    assert codes
    assert all(len(file.read_text(encoding="utf-8").splitlines()) <= 60 for file in codes)
    assert "parlour dev" in (EXAMPLES / example / "README.md").read_text(encoding="utf-8")
