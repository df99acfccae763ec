/** What changed between two texts: by lines, and by words inside the lines that changed. */

export interface Piece {
  kind: "same" | "added" | "removed";
  text: string;
}

/** A stretch that both have: where it begins in each, and how long it is. */
type Run = [one: number, other: number, length: number];

/** Changes that are searched for; two texts further apart than that count as wholly different in between. */
const MOST_CHANGES = 600;

/** Return the pieces that lead from one text to the other. */
export function difference(then: string, now: string): Piece[] {
  const pieces = compare(lines(then), lines(now), (removed, added) => compare(words(removed), words(added), whole));
  return joined(pieces);
}

type Replace = (removed: string, added: string) => Piece[];

const whole: Replace = (removed, added) => [
  { kind: "removed", text: removed },
  { kind: "added", text: added },
];

const lines = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
const words = (text: string): string[] => text.match(/\s+|[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu) ?? [];

function compare(one: readonly string[], other: readonly string[], replace: Replace): Piece[] {
  const pieces: Piece[] = [];
  let [at, otherAt] = [0, 0];
  for (const [begin, otherBegin, length] of [...common(one, other), [one.length, other.length, 0] as Run]) {
    const [removed, added] = [one.slice(at, begin).join(""), other.slice(otherAt, otherBegin).join("")];
    if (removed || added) pieces.push(...(removed && added ? replace(removed, added) : whole(removed, added)));
    pieces.push({ kind: "same", text: one.slice(begin, begin + length).join("") });
    [at, otherAt] = [begin + length, otherBegin + length];
  }
  return pieces;
}

/** Put neighbours of one kind together and leave empty ones out. */
function joined(pieces: readonly Piece[]): Piece[] {
  const merged: Piece[] = [];
  for (const piece of pieces) {
    const last = merged.at(-1);
    if (last?.kind === piece.kind) last.text += piece.text;
    else if (piece.text) merged.push({ ...piece });
  }
  return merged;
}

/** Return the stretches that two lists have in common, in order. */
function common(one: readonly string[], other: readonly string[]): Run[] {
  const most = Math.min(one.length, other.length);
  let [head, tail] = [0, 0];
  while (head < most && one[head] === other[head]) head++;
  while (tail < most - head && one[one.length - 1 - tail] === other[other.length - 1 - tail]) tail++;
  const middle = shortest(one.slice(head, one.length - tail), other.slice(head, other.length - tail));
  const runs: Run[] = middle.map(([begin, otherBegin, length]) => [begin + head, otherBegin + head, length]);
  return [[0, 0, head], ...runs, [one.length - tail, other.length - tail, tail]];
}

/** Myers' greedy algorithm (An O(ND) Difference Algorithm, 1986, figure 2); nothing in common beyond MOST_CHANGES. */
function shortest(one: readonly string[], other: readonly string[]): Run[] {
  const middle = MOST_CHANGES + 1;
  const reach = new Int32Array(2 * middle + 1);
  const reached: Int32Array[] = [];
  for (let changes = 0; changes <= MOST_CHANGES; changes++) {
    reached.push(reach.slice());
    for (let diagonal = -changes; diagonal <= changes; diagonal += 2) {
      let at = changes && beginOf(reach, middle, diagonal, changes);
      while (at < one.length && at - diagonal < other.length && one[at] === other[at - diagonal]) at++;
      reach[middle + diagonal] = at;
      if (at >= one.length && at - diagonal >= other.length) return wayBack(reached, middle, one.length, other.length);
    }
  }
  return [];
}

/** Return whether a diagonal is reached by an addition, from the one above it, rather than by a removal. */
function fromAbove(reach: Int32Array, middle: number, diagonal: number, changes: number): boolean {
  const [below, above] = [reach[middle + diagonal - 1]!, reach[middle + diagonal + 1]!];
  return diagonal === -changes || (diagonal !== changes && below < above);
}

/** Return where a diagonal begins after so many changes. */
function beginOf(reach: Int32Array, middle: number, diagonal: number, changes: number): number {
  const added = fromAbove(reach, middle, diagonal, changes);
  return added ? reach[middle + diagonal + 1]! : reach[middle + diagonal - 1]! + 1;
}

function wayBack(reached: readonly Int32Array[], middle: number, length: number, otherLength: number): Run[] {
  const runs: Run[] = [];
  let [at, otherAt] = [length, otherLength];
  for (let changes = reached.length - 1; changes > 0; changes--) {
    const diagonal = at - otherAt;
    const begin = beginOf(reached[changes]!, middle, diagonal, changes);
    if (at > begin) runs.push([begin, begin - diagonal, at - begin]);
    const added = fromAbove(reached[changes]!, middle, diagonal, changes);
    [at, otherAt] = added ? [begin, begin - diagonal - 1] : [begin - 1, begin - diagonal];
  }
  return [...(at > 0 ? [[0, 0, at] as Run] : []), ...runs.reverse()];
}
