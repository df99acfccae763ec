/**
 * Compiles each contract to a JSON of its name beside it: `{abi, bytecode, runtime, methods}`. With `--check` it writes nothing and
 * fails where a committed file is not what the compiler gives. Without metadata hash, so that comments do not change it.
 */
import { readFileSync, writeFileSync } from "node:fs";
import solc from "solc";

function compile(name) {
  const file = `${name}.sol`;
  const input = {
    language: "Solidity",
    sources: { [file]: { content: readFileSync(new URL(file, import.meta.url), "utf8") } },
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
  const { abi, evm } = output.contracts[file][name];
  const methods = Object.fromEntries(
    Object.entries(evm.methodIdentifiers).map(([method, selector]) => [method, `0x${selector}`]),
  );
  const artefact = {
    contractName: name,
    compiler: solc.version(),
    abi,
    bytecode: `0x${evm.bytecode.object}`,
    runtime: `0x${evm.deployedBytecode.object}`,
    methods,
  };
  return `${JSON.stringify(artefact, null, 2)}\n`;
}

for (const name of ["Stake", "DemoPool", "Pass"]) {
  const target = new URL(`${name}.json`, import.meta.url);
  const text = compile(name);
  if (!process.argv.includes("--check")) writeFileSync(target, text);
  else if (readFileSync(target, "utf8") !== text) {
    console.error(`${name}.json is not what solc makes of ${name}.sol: run npm run contracts`);
    process.exit(1);
  } else console.log(`${name}.json is what solc makes of ${name}.sol`);
}
