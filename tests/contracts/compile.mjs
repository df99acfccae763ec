/**
 * Compiles the sign-in contracts to JSON beside their sources: `{compiler, contracts: {name: {abi, bytecode}}}`. With
 * `--check` it writes nothing and fails where a committed file is not what the compiler gives. `solc` is the one of
 * clients/package.json.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const root = new URL("../../", import.meta.url);
const solc = createRequire(new URL("clients/package.json", root))("solc");
const sources = {
  "server/parlour/adapters/chain/contracts/SignatureValidator": ["ValidateSigOffchain"],
  "tests/contracts/Wallets": ["OwnedWallet", "Factory", "SafeLike", "WrappingDelegate", "SilentDelegate", "GasEater", "Ens"],
};

function compile(path, names) {
  const input = {
    language: "Solidity",
    sources: { source: { content: readFileSync(new URL(`${path}.sol`, root), "utf8") } },
    settings: {
      optimizer: { enabled: true, runs: 200 },
      evmVersion: "paris", // runs on every chain: no PUSH0, no transient storage
      metadata: { appendCBOR: false, bytecodeHash: "none" },
      outputSelection: { "*": { "*": ["abi", "evm.bytecode.object"] } },
    },
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input)));
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
