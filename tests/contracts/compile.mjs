/**
 * Compiles the contracts to JSON beside their sources: `{compiler, contracts: {name: {abi, bytecode}}}`. With
 * `--check` it writes nothing and fails where a committed file is not what the compiler gives. `solc` is the one of
 * clients/package.json.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const root = new URL("../../", import.meta.url);
const solc = createRequire(new URL("clients/package.json", root))("solc");
const sources = {
  "server/parlour/adapters/chain/contracts/ParlourEscrow": ["ParlourEscrow"],
  "server/parlour/adapters/chain/contracts/SignatureValidator": ["ValidateSigOffchain"],
  "tests/contracts/Escrow": ["Refuser", "Greedy"],
  "tests/contracts/Gates": ["Coin", "Badge", "Items", "Staking", "Hostile", "Delegates", "Batch"],
  "tests/contracts/Markets": ["Token", "OddToken", "PairFactory", "Pair", "PoolFactory", "Pool", "PoolManager", "Venues"],
  "tests/contracts/Wallets": ["OwnedWallet", "Factory", "SafeLike", "WrappingDelegate", "SilentDelegate", "GasEater", "Ens"],
};

/** Those that OpenZeppelin's newest contracts are part of. */
const CANCUN = ["server/parlour/adapters/chain/contracts/ParlourEscrow"];

/** Sources that contracts import: packages of clients/package.json. */
function imported(path) {
  try {
    return { contents: readFileSync(new URL(`clients/node_modules/${path}`, root), "utf8") };
  } catch {
    return { error: `${path} is not in clients/node_modules` };
  }
}

function compile(path, names) {
  const input = {
    language: "Solidity",
    sources: { source: { content: readFileSync(new URL(`${path}.sol`, root), "utf8") } },
    settings: {
      optimizer: { enabled: true, runs: 200 },
      evmVersion: CANCUN.includes(path) ? "cancun" : "paris", // paris runs on every chain: no PUSH0, no MCOPY
      metadata: { appendCBOR: false, bytecodeHash: "none" },
      outputSelection: { "*": { "*": ["abi", "evm.bytecode.object"] } },
    },
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: imported }));
  const errors = (output.errors ?? []).filter(({ severity }) => severity === "error");
  if (errors.length) throw new Error(errors.map(({ formattedMessage }) => formattedMessage).join("\n"));
  const contracts = Object.fromEntries(
    names.map((name) => {
      const { abi, evm } = output.contracts.source[name];
      return [name, { abi, bytecode: `0x${evm.bytecode.object}` }];
    }),
  );
  return `${JSON.stringify({ compiler: solc.version(), contracts }, null, 1)}\n`;
}

for (const [path, names] of Object.entries(sources)) {
  const target = new URL(`${path}.json`, root);
  const text = compile(path, names);
  if (!process.argv.includes("--check")) writeFileSync(target, text);
  else if (readFileSync(target, "utf8") !== text) {
    console.error(`${path}.json is not what solc makes of ${path}.sol: run node tests/contracts/compile.mjs`);
    process.exit(1);
  } else console.log(`${path}.json is what solc makes of ${path}.sol`);
}
