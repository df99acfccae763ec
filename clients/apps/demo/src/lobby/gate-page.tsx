import { describeGate, type GateNeed } from "@parlour/client";
import { lookAgain } from "../rooms/open-rooms.js";

/** Says what a gated room asks for, and what this account has of it. */
export function GatePage({ needs }: { needs: readonly GateNeed[] }) {
  return (
    <section class="empty nowhere" aria-label="A gated room">
      <h1>This room is for those who hold something</h1>
      <p>To come in you need:</p>
      <ul>
        {needs.map(({ leaf, have }, at) => (
          <li key={at}>
            {describeGate(leaf)}
            {have !== null && <span class="fine"> You have {have}.</span>}
          </li>
        ))}
      </ul>
      <button class="primary" onClick={lookAgain}>
        Look again
      </button>
      <p class="fine">The room opens by itself as soon as the chain says that you hold it.</p>
    </section>
  );
}
