/**
 * A wallet for development: its key is public, its signatures are real. Loaded only when a dev wallet is chosen.
 */
import type { Provider } from "@parlour/client";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { encodeRlp, type Rlp } from "./rlp.js";

export interface DevWalletOptions {
  address: string;
  key: string;
  chainId: number;
  /** JSON-RPC to the dev chain; it refuses when there is none. */
  callChain: (method: string, params: readonly unknown[]) => Promise<unknown>;
}

interface Transaction {
  to?: string;
  value?: string;
  data?: string;
}

/** Make a dev wallet's EIP-1193 provider, which signs without asking. */
export function createDevWallet(options: DevWalletOptions): Provider {
  const { address, chainId, callChain } = options;
  const key = hexToBytes(options.key.replace(/^0x/, ""));
  return {
    async request({ method, params }) {
      const values = (params ?? []) as readonly unknown[];
      switch (method) {
        case "eth_requestAccounts":
        case "eth_accounts":
          return [address];
        case "eth_chainId":
          return `0x${chainId.toString(16)}`;
        case "wallet_switchEthereumChain":
          return null;
        case "personal_sign":
          return signMessage(String(values[0]), key);
        case "eth_sendTransaction":
          return sendTransaction(values[0] as Transaction, key, options);
        default:
          return callChain(method, values);
      }
    },
  };
}

/** Sign a message as `personal_sign` does (EIP-191, version 0x45). @param hex the message's bytes. */
export function signMessage(hex: string, key: Uint8Array): string {
  const message = hexToBytes(hex.replace(/^0x/, ""));
  const digest = keccak_256(concatBytes(utf8ToBytes(`\x19Ethereum Signed Message:\n${message.length}`), message));
  const { r, s, recovery } = signDigest(digest, key);
  return `0x${bytesToHex(concatBytes(r, s, Uint8Array.of(27 + recovery)))}`;
}

async function sendTransaction(transaction: Transaction, key: Uint8Array, options: DevWalletOptions): Promise<unknown> {
  const { address, chainId, callChain } = options;
  const [nonce, gas, price] = (await Promise.all([
    callChain("eth_getTransactionCount", [address, "pending"]),
    callChain("eth_estimateGas", [{ from: address, ...transaction }]),
    callChain("eth_gasPrice", []),
  ])) as string[];
  const tip = 1_000_000_000n;
  const raw = signTransaction(
    {
      chainId,
      nonce: BigInt(nonce!),
      tip,
      cap: BigInt(price!) * 2n + tip,
      gas: (BigInt(gas!) * 12n) / 10n,
      ...transaction,
    },
    key,
  );
  return callChain("eth_sendRawTransaction", [raw]);
}

/**
 * Sign a transaction (EIP-1559): the answer is
 * `0x02 ‖ rlp([chainId, nonce, tip, cap, gas, to, value, data, accessList, yParity, r, s])`.
 */
export function signTransaction(
  transaction: Transaction & { chainId: number; nonce: bigint; tip: bigint; cap: bigint; gas: bigint },
  key: Uint8Array,
): string {
  const { chainId, nonce, tip, cap, gas, to = "0x", value = "0x0", data = "0x" } = transaction;
  const fields: Rlp[] = [BigInt(chainId), nonce, tip, cap, gas, to, BigInt(value), data, []];
  const { r, s, recovery } = signDigest(keccak_256(typed(fields)), key);
  const signature: Rlp[] = [BigInt(recovery), BigInt(`0x${bytesToHex(r)}`), BigInt(`0x${bytesToHex(s)}`)];
  return `0x${bytesToHex(typed([...fields, ...signature]))}`;
}

function typed(fields: Rlp[]): Uint8Array {
  return concatBytes(Uint8Array.of(2), encodeRlp(fields));
}

function signDigest(digest: Uint8Array, key: Uint8Array): { r: Uint8Array; s: Uint8Array; recovery: number } {
  const signature = secp256k1.sign(digest, key, { prehash: false, format: "recovered" });
  return { recovery: signature[0]!, r: signature.slice(1, 33), s: signature.slice(33) };
}
