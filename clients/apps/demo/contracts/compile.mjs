/**
 * Compiles Stake.sol to Stake.json beside it: `{abi, bytecode, runtime, methods}`. With `--check` it writes nothing and fails
 * where the committed file is not what the compiler gives. Without metadata hash, so that comments do not change it.
 */
import { readFileSync, writeFileSync } from "node:fs";
import solc from "solc";

const source = new URL("Stake.sol", import.meta.url);
const target = new URL("Stake.json", import.meta.url);

const input = {
  language: "Solidity",
  sources: { "Stake.sol": { content: readFileSync(source, "utf8") } },
  settings: {
    optimizer: { enabled: true, runs: 200 },
    evmVersion: "paris", // runs on every chain: no PUSH0, no transient storage
    metadata: { appendCBOR: false, bytecodeHash: "none" },
    outputSelection: {
      "*": { "*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object", "evm.methodIdentifiers"] },
    },
  },
};

const output = JSON.parse(solc.compile(JSON.stringify(input)));
for (const { formattedMessage } of output.errors ?? []) console.error(formattedMessage);
if (output.errors?.length) process.exit(1);

const { abi, evm } = output.contracts["Stake.sol"].Stake;
const methods = Object.fromEntries(
  Object.entries(evm.methodIdentifiers).map(([name, selector]) => [name, `0x${selector}`]),
);
const artefact = {
  contractName: "Stake",
  compiler: solc.version(),
  abi,
  bytecode: `0x${evm.bytecode.object}`,
  runtime: `0x${evm.deployedBytecode.object}`,
  methods,
};
const text = `${JSON.stringify(artefact, null, 2)}\n`;

if (!process.argv.includes("--check")) writeFileSync(target, text);
else if (readFileSync(target, "utf8") !== text) {
  console.error("Stake.json is not what solc makes of Stake.sol: run npm run contracts");
  process.exit(1);
} else console.log("Stake.json is what solc makes of Stake.sol");
