/** What became of a version since: its text beside today's, with what was added and what was removed. */
import type { Piece } from "./difference.js";
import type { Past } from "./past.js";

/** Pieces shown at most, and characters of each. */
const MOST_PIECES = 400;
const MOST_CHARACTERS = 4_000;
/** Characters shown of an unchanged stretch on each side of a change. */
const AROUND = 200;

export function Changes({ past }: { past: Past }) {
  const compared = past.compared.value;
  if (!compared) return <p class="empty">Reading that version…</p>;
  const { pieces } = compared;
  const [added, removed] = [countWords(pieces, "added"), countWords(pieces, "removed")];
  const shown = pieces.slice(0, MOST_PIECES);
  return (
    <section class="changes" aria-label="What changed since">
      <p role="status">{added + removed === 0 ? "Nothing changed since." : sentence(added, removed)}</p>
      <div class="paper" tabIndex={0} role="group" aria-label="The text, then and now">
        {shown.map((piece, place) => (
          <PieceView key={place} piece={piece} first={place === 0} last={place === pieces.length - 1} />
        ))}
        {pieces.length > shown.length && <p class="fine">There are more changes below.</p>}
      </div>
    </section>
  );
}

function PieceView({ piece: { kind, text }, first, last }: { piece: Piece; first: boolean; last: boolean }) {
  if (kind === "same") return <span>{around(text, first, last)}</span>;
  const shown = text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
  const Mark = kind === "added" ? "ins" : "del";
  return (
    <Mark>
      <span class="hidden">{kind}: </span>
      {shown}
    </Mark>
  );
}

/** An unchanged stretch, without the middle where it is long. */
function around(text: string, first: boolean, last: boolean): string {
  if (text.length <= 2 * AROUND) return text;
  return `${first ? "" : text.slice(0, AROUND)} … ${last ? "" : text.slice(-AROUND)}`;
}

function countWords(pieces: readonly Piece[], kind: Piece["kind"]): number {
  return pieces.reduce((sum, piece) => sum + (piece.kind === kind ? (piece.text.match(/\S+/g)?.length ?? 0) : 0), 0);
}

function sentence(added: number, removed: number): string {
  const words = (count: number): string => (count === 1 ? "1 word" : `${count} words`);
  return `Since then ${words(added)} came in and ${words(removed)} went.`;
}
