import { expect, test } from "vitest";
import { bytesToHex, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { createDevWallet, signMessage, signTransaction } from "../src/dev-wallet.js";

// anvil's first account; the expected values were made with eth_account 0.14.
const ADDRESS = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
const KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
const KEY_BYTES = hexToBytes(KEY.slice(2));
const TO = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
const FEES = { chainId: 31337, tip: 10n ** 9n, cap: 3n * 10n ** 9n, gas: 60_000n, to: TO };

test("signs a message as eth_account does", () => {
  const hex = `0x${bytesToHex(utf8ToBytes("gm, parlour"))}`;
  expect(signMessage(hex, KEY_BYTES)).toBe(
    "0x40c160f1c2f1656bfb89fdf8edc599e34f7557ec3e415e43b039e521c8379e46714c88a35fbb188321e59f3b1631464d03f812beaa55fc4778f63949f617789c1c",
  );
});

test("signs a transaction as eth_account does", () => {
  expect(signTransaction({ ...FEES, nonce: 300n, value: "0x2386f26fc10000", data: "0x3a4b66f1" }, KEY_BYTES)).toBe(
    "0x02f879827a6982012c843b9aca0084b2d05e0082ea60945fbdb2315678afecb367f032d93f642f64180aa3872386f26fc10000843a4b66f1c080a0f078eaf0f5d956ba121293c9cde708e6c2e8ac812f027940b0c3e6f1d6bc5effa0331ba2fe41ce3749952bdf821ad65a39ca0999173cf3220fae7993921f0905c4",
  );
});

test("signs one with empty numbers and long data as eth_account does", () => {
  expect(signTransaction({ ...FEES, nonce: 0n, data: `0x${"ab".repeat(60)}` }, KEY_BYTES)).toBe(
    `0x02f8a9827a6980843b9aca0084b2d05e0082ea60945fbdb2315678afecb367f032d93f642f64180aa380b83c${"ab".repeat(60)}c080a0d63139854ac9ce7a9519a64560f8ee251d06dd640d84f57a48bc3bc87ef18b91a01c08315f36d182b7ed3cc3388b5d30fea48a2f9b22e6a3045c287b157029478c`,
  );
});

test("sends a signed transaction with the chain's nonce, gas and price", async () => {
  const asked: unknown[] = [];
  const answers: Record<string, string> = {
    eth_getTransactionCount: "0x1",
    eth_estimateGas: "0xc350",
    eth_gasPrice: "0x3b9aca00",
    eth_sendRawTransaction: "0xhash",
  };
  const callChain = async (method: string, params: readonly unknown[]): Promise<unknown> => {
    asked.push([method, params]);
    return answers[method];
  };
  const wallet = createDevWallet({ address: ADDRESS, key: KEY, chainId: 31337, callChain });
  const params = [{ to: TO, value: "0x1", data: "0x3a4b66f1" }];
  expect(await wallet.request({ method: "eth_sendTransaction", params })).toBe("0xhash");
  expect(asked.at(-1)).toEqual(["eth_sendRawTransaction", [expect.stringMatching(/^0x02f8/)]]);
  expect(await wallet.request({ method: "eth_chainId" })).toBe("0x7a69");
});
