/** Puts ether into a table's contract and takes it back: one transaction, whose event comes back as the room's entry. */
import { signal } from "@preact/signals";
import { checksumAddress, type Provider } from "@parlour/client";
import { methods } from "../../contracts/Stake.json";
import { FRIENDLY_STAKE, type Contract } from "./contract.js";
import { forgetStake, keepStake } from "./kept-stakes.js";
import { ask, chainError, openWallet, useChain } from "./asking.js";
import { me, provider } from "../account/session.js";

/** What is on its way to a contract, one at a time: the wallet is asked (no `tx` yet), or it is sent. */
export interface Sending {
  address: string;
  what: "stake" | "refund";
  tx?: string;
}

/** Seconds to wait for a transaction to be mined, before it counts as lost. */
const PATIENCE = 60;
export const sending = signal<Sending | null>(null);

/** Deploy a contract for one table; answers what the table's options name it by. @throws ParlourError */
export async function deployPot(chain: number): Promise<Contract> {
  const wallet = openWallet();
  const { bytecode } = await import("../../contracts/Stake.json");
  await useChain(wallet, chain);
  const tx = await ask<string>(wallet, "eth_sendTransaction", [{ from: me.value, data: bytecode }]);
  return { chain, address: await deployedAt(wallet, tx), amount: FRIENDLY_STAKE };
}

/** Put wei into the contract of a table; resolves once the transaction is sent. @throws ParlourError */
export async function stake(contract: Contract, wei: bigint, title: string): Promise<void> {
  await send(contract, { value: `0x${wei.toString(16)}`, data: methods["stake()"] }, "stake");
  keepStake(me.peek(), contract, title);
}

/** Take one's whole stake back; resolves once the transaction is mined. @throws ParlourError */
export async function refund(contract: Contract): Promise<void> {
  await send(contract, { data: methods["refund()"] }, "refund");
  const tx = sending.peek()?.tx;
  try {
    if (tx) await minedAs(openWallet(), tx);
    forgetStake(me.peek(), contract);
  } finally {
    if (sending.peek()?.tx === tx) sending.value = null;
  }
}

/** What this account has in the contract, in wei, as the chain says; null where the wallet looks at another chain. */
export async function stakedIn(contract: Contract): Promise<bigint | null> {
  const wallet = provider.peek();
  const account = me.peek();
  if (!wallet || !account) return null;
  try {
    if (Number(await ask<string>(wallet, "eth_chainId")) !== contract.chain) return null;
    const data = `${methods["stakeOf(address)"]}${account.slice(2).toLowerCase().padStart(64, "0")}`;
    const answer = await ask<string>(wallet, "eth_call", [{ to: contract.address, data }, "latest"]);
    return /^0x[0-9a-fA-F]{64}$/.test(answer) ? BigInt(answer) : null;
  } catch {
    return null; // the log says enough
  }
}

/** Ask the wallet for a transaction to the contract; resolves once it is sent, before it is mined. */
async function send(contract: Contract, call: { value?: string; data: string }, what: Sending["what"]): Promise<void> {
  const wallet = openWallet();
  const { address } = contract;
  const asked: Sending = { address, what };
  sending.value = asked;
  try {
    await useChain(wallet, contract.chain);
    if (what === "stake" && !(await isOurs(wallet, address)))
      throw chainError("unknown_contract", "This is not the contract of this page: it could keep what you put in.");
    const tx = await ask<string>(wallet, "eth_sendTransaction", [{ from: me.value, to: address, ...call }]);
    const sent: Sending = { address, what, tx };
    sending.value = sent;
    setTimeout(() => sending.value === sent && (sending.value = null), PATIENCE * 1_000);
  } catch (error) {
    if (sending.value === asked) sending.value = null;
    throw error;
  }
}

async function deployedAt(wallet: Provider, tx: string): Promise<string> {
  return checksumAddress((await minedAs(wallet, tx)).contractAddress ?? "");
}

/** Whether the code at an address is that of Stake.sol, which gives each stake back to its player alone. */
async function isOurs(wallet: Provider, address: string): Promise<boolean> {
  const { runtime } = await import("../../contracts/Stake.json");
  return (await ask<string>(wallet, "eth_getCode", [address, "latest"])).toLowerCase() === runtime;
}

interface Receipt {
  contractAddress: string | null;
  status: string;
}

/** Wait for a transaction's block. @throws ParlourError where it failed, or none came in time */
async function minedAs(wallet: Provider, tx: string): Promise<Receipt> {
  for (let wait = 0; wait < PATIENCE; wait++) {
    const receipt = await ask<Receipt | null>(wallet, "eth_getTransactionReceipt", [tx]);
    if (receipt?.status === "0x0") throw chainError("failed", "The contract refused the transaction.");
    if (receipt) return receipt;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  throw chainError("not_mined", "No block took the transaction in time.");
}
