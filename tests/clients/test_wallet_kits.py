"""RainbowKit, ConnectKit, AppKit, wagmi and viem take what `@parlour/client/wallet` makes, by their own types."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.missing import missing

CLIENTS = Path(__file__).parents[2] / "clients"
KITS = ["@rainbow-me/rainbowkit@2", "wagmi@2", "viem@2", "@tanstack/react-query@5", "react@18", "react-dom@18"]
MORE = ["connectkit@1", "@reown/appkit-siwx@1", "@types/react@18"]
CODE = """
import { createSession } from "@parlour/client";
import { connectKitSiwe, fromViem, fromWagmi, rainbowKitAuth, reownSiwx } from "@parlour/client/wallet";
import { createAuthenticationAdapter } from "@rainbow-me/rainbowkit";
import type { SIWXConfig } from "@reown/appkit-controllers";
import type { SIWEProvider } from "connectkit";
import type { ComponentProps } from "react";
import { createWalletClient, http } from "viem";
import { mainnet } from "viem/chains";
import { createConfig } from "wagmi";

const session = createSession({ url: "https://parlour.test" });
export const rainbow = createAuthenticationAdapter(rainbowKitAuth(session));
export const siwe: Omit<ComponentProps<typeof SIWEProvider>, "children"> = connectKitSiwe(session);
export const siwx: SIWXConfig = reownSiwx(session);
const transport = http("http://127.0.0.1:9");
export const wallet = fromViem(createWalletClient({ chain: mainnet, transport }));
export const connected = fromWagmi(createConfig({ chains: [mainnet], transports: { [mainnet.id]: transport } }));
// @ts-expect-error -- so that a type that has become `any` does not pass
export const wrong: SIWXConfig = rainbowKitAuth(session);
"""


@pytest.mark.long  # a gigabyte of packages from npm
def test_kits_take_what_the_wallet_entry_makes_by_their_own_types(tmp_path: Path) -> None:
    if shutil.which("npm") is None or not (CLIENTS / "node_modules/typescript").is_dir():
        missing("needs Node and `npm ci` in clients/")
    (tmp_path / "package.json").write_text('{"private": true, "type": "module"}', encoding="utf-8")
    install = ["npm", "install", "--ignore-scripts", "--legacy-peer-deps", "--no-audit", "--no-fund", *KITS, *MORE]
    subprocess.run(install, cwd=tmp_path, check=True, timeout=900)
    client = CLIENTS / "packages/client/src"
    options = {
        **json.loads((CLIENTS / "tsconfig.json").read_text(encoding="utf-8"))["compilerOptions"],
        "exactOptionalPropertyTypes": False,  # as in the projects that these kits are written for
        "paths": {
            "@parlour/client": [str(client / "index.ts")],
            "@parlour/client/wallet": [str(client / "wallet.ts")],
            "socket.io-client": [str(CLIENTS / "node_modules/socket.io-client")],
        },
    }
    (tmp_path / "tsconfig.json").write_text(
        json.dumps({"compilerOptions": options, "include": ["kits.ts"]}), encoding="utf-8"
    )
    (tmp_path / "kits.ts").write_text(CODE, encoding="utf-8")
    tsc = ["node", str(CLIENTS / "node_modules/typescript/bin/tsc"), "-p", str(tmp_path)]
    ran = subprocess.run(tsc, capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stdout
