import { useEffect } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { ParlourError, type Client, type Message } from "@parlour/client";
import { formatEther } from "@parlour/ui/format";
import { shortHash } from "../explorer/question.js";
import { addressOf } from "../shell/address.js";

type Card = NonNullable<Message["card"]>;

/** Shows what a message is about: a room to go to, or what a chain has of a transaction or an address. */
export function CardView({ card, client }: { card: Card; client: Client }) {
  if ("room" in card)
    return (
      <a class="about" tabIndex={-1} href={addressOf(card.room)}>
        <strong>Room</strong> {card.room}
      </a>
    );
  return <OnChain card={card} client={client} />;
}

function OnChain({ card, client }: { card: Exclude<Card, { room: string }>; client: Client }) {
  const told = useSignal("Looking it up…");
  const what = "tx" in card ? card.tx : card.address;
  useEffect(() => {
    found(card, client).then(
      (words) => (told.value = words),
      (error) => (told.value = error instanceof ParlourError ? error.message : "It cannot be looked up now."),
    );
  }, [card.chain, what]);
  return (
    <p class="about" title={what}>
      <strong>{"tx" in card ? "Transaction" : "Address"}</strong> <span class="hash">{shortHash(what)}</span> on chain{" "}
      {card.chain} <span class="fine">{told.value}</span>
    </p>
  );
}

/** Say what the chain has there now. @throws ParlourError */
async function found(card: Exclude<Card, { room: string }>, client: Client): Promise<string> {
  const { tx, address } = await client.lookup(card);
  if (tx) return `${formatEther(tx.value)} ether, ${tx.success === false ? "failed" : tx.status}`;
  if (address) return `${formatEther(address.balance)} ether${address.codeBytes ? ", a contract" : ""}`;
  return "";
}
