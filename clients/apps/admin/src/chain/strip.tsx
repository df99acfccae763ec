import type { Chain } from "../data/types.js";
import { sayExactly } from "../frame/when.js";
import { BLOCKS, layoutOf, type Branch } from "./layout.js";

/** Units of the drawing: a block with its gap, a block, and the rows of the chain and of what was undone. */
const [STEP, WIDTH, HEIGHT, BELOW] = [10, 8, 16, 26];

/** The last blocks as one picture, each in the colour of how sure it is; reorganisations hang below as forks. */
export function Strip({ chain }: { chain: Chain }) {
  const { cells, branches } = layoutOf(chain);
  const [first, last] = [cells[0]?.number ?? 0, cells.at(-1)?.number ?? 0];
  const undone = branches.length ? `, ${branches.length} reorganisations among them` : "";
  return (
    <>
      <svg
        class="strip"
        viewBox={`0 0 ${BLOCKS * STEP} ${branches.length ? BELOW + HEIGHT : HEIGHT}`}
        role="img"
        aria-label={`Blocks ${first.toLocaleString()} to ${last.toLocaleString()}${undone}`}
      >
        {cells.map(({ number, certainty }, i) => (
          <rect key={number} class={certainty} x={i * STEP} width={WIDTH} height={HEIGHT} rx={2}>
            <title>{`Block ${number.toLocaleString()}: ${certainty}`}</title>
          </rect>
        ))}
        {branches.map((branch) => (
          <Fork key={`${branch.first} ${branch.at}`} branch={branch} />
        ))}
      </svg>
      <p class="legend" aria-hidden="true">
        {["final", "safe", "processed", "seen", "undone"].map((word) => (
          <span key={word}>
            <span class={`sample-cell ${word}`} /> {word}
          </span>
        ))}
      </p>
    </>
  );
}

function Fork({ branch: { from, length, first, blocks, at } }: { branch: Branch }) {
  const left = from * STEP;
  return (
    <g class="undone">
      <title>{`${blocks} blocks from ${first.toLocaleString()} on were undone, ${sayExactly(at)}`}</title>
      {from > 0 && <path class="fork" d={`M${left - STEP / 2 - 1} ${HEIGHT}V${BELOW + HEIGHT / 2}H${left}`} />}
      {Array.from({ length }, (_, i) => (
        <rect key={i} x={left + i * STEP} y={BELOW} width={WIDTH} height={HEIGHT} rx={2} />
      ))}
    </g>
  );
}
