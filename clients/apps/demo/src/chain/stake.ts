/** Puts ether into a table's contract: one transaction of the wallet, whose event comes back as an entry of the room. */
import { signal } from "@preact/signals";
import {
  checksumAddress,
  ParlourError,
  requestWallet,
  type Entry,
  type Provider,
  type RoomInfo,
} from "@parlour/client";
import { methods } from "../../contracts/Stake.json";
import { dev } from "../account/dev.js";
import { me, provider } from "../account/session.js";

export interface Contract {
  chain: number;
  address: string;
  /** What the table asks of each player, in wei. */
  amount?: string;
}

/** The stake on its way, one at a time: the wallet is asked (no `tx` yet), or it is sent and not in the room yet. */
export interface Staking {
  address: string;
  tx?: string;
}

/** The event a table watches, as Stake.sol declares it. */
export const STAKED = "Staked(address indexed player, uint256 amount)";
/** Seconds to wait for a transaction to be mined, before it counts as lost. */
const PATIENCE = 60;
const FRIENDLY_STAKE = "10000000000000000";
export const staking = signal<Staking | null>(null);

/** The stake in wei; 0.01 ether where the table asks for 1 wei or nothing. */
export function amountOf({ amount }: Contract): string {
  return amount && BigInt(amount) > 1n ? amount : FRIENDLY_STAKE;
}

/** Find the contract a table watches: in its options, else in its last `room.watched` entry. */
export function contractOf(info: RoomInfo, entries: readonly Entry[]): Contract | null {
  const option = Object.values(info.options ?? {}).find(isContract);
  if (option) return option;
  const watch = entries.findLast((entry) => entry.type === "room.watched")?.body?.watch;
  return isContract(watch) ? watch : null;
}

/** Deploy a contract for one table; answers what the table's options name it by. @throws ParlourError */
export async function deployPot(chain: number): Promise<Contract> {
  const wallet = openWallet();
  const { bytecode } = await import("../../contracts/Stake.json");
  await useChain(wallet, chain);
  const tx = await requestWallet<string>(wallet, "eth_sendTransaction", [{ from: me.value, data: bytecode }]);
  return { chain, address: await deployedAt(wallet, tx), amount: FRIENDLY_STAKE };
}

/** Ask the wallet for the transaction; resolves once it is sent, before it is mined. @throws ParlourError */
export async function stake(contract: Contract): Promise<void> {
  const wallet = openWallet();
  staking.value = { address: contract.address };
  try {
    await useChain(wallet, contract.chain);
    const transaction = {
      from: me.value,
      to: contract.address,
      value: `0x${BigInt(amountOf(contract)).toString(16)}`,
      data: methods["stake()"],
    };
    const tx = await requestWallet<string>(wallet, "eth_sendTransaction", [transaction]);
    const sent = { address: contract.address, tx };
    staking.value = sent;
    setTimeout(() => staking.value === sent && (staking.value = null), PATIENCE * 1_000);
  } catch (error) {
    staking.value = null;
    throw error;
  }
}

/** Switch the wallet to a chain (EIP-3326); add the dev chain first where the wallet does not know it (EIP-3085). */
async function useChain(wallet: Provider, chain: number): Promise<void> {
  const chainId = `0x${chain.toString(16)}`;
  if (Number(await requestWallet<string>(wallet, "eth_chainId")) === chain) return;
  try {
    await requestWallet(wallet, "wallet_switchEthereumChain", [{ chainId }]);
  } catch (error) {
    const rpc = dev.value?.chain?.rpc;
    if (!(error instanceof ParlourError) || error.reason !== "chain_unknown" || !rpc) throw error;
    const nativeCurrency = { name: "Ether", symbol: "ETH", decimals: 18 };
    await requestWallet(wallet, "wallet_addEthereumChain", [
      { chainId, chainName: "Parlour dev chain", nativeCurrency, rpcUrls: [new URL(rpc, location.href).href] },
    ]);
  }
}

async function deployedAt(wallet: Provider, tx: string): Promise<string> {
  for (let wait = 0; wait < PATIENCE; wait++) {
    const receipt = await requestWallet<{ contractAddress: string } | null>(wallet, "eth_getTransactionReceipt", [tx]);
    if (receipt) return checksumAddress(receipt.contractAddress);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  throw new ParlourError({
    code: "wallet",
    reason: "not_mined",
    message: "The pot was not mined in time.",
    retryable: true,
  });
}

function openWallet(): Provider {
  if (provider.value) return provider.value;
  throw new ParlourError({
    code: "wallet",
    reason: "disconnected",
    message: "Sign in with a wallet first.",
    retryable: true,
  });
}

function isContract(value: unknown): value is Contract {
  const contract = value as Partial<Contract> | null | undefined;
  return typeof contract?.chain === "number" && typeof contract.address === "string";
}
