/** Draws an account's picture: a mirrored pattern of 5 × 5 in two tints, the same everywhere. */
export function Avatar({ account, size = 32 }: { account: string; size?: number }) {
  const hash = hashAccount(account);
  const hue = hash % 360;
  const cells = Array.from({ length: 15 }, (_, i) => i).filter((i) => (Math.imul(hash, 2654435761) >>> (i + 8)) & 1);
  const squares = cells.flatMap((i) => {
    const [x, y] = [i % 3, Math.floor(i / 3)];
    return x === 2
      ? [[2, y]]
      : [
          [x, y],
          [4 - x, y],
        ];
  });
  return (
    <svg class="avatar" width={size} height={size} viewBox="-1.5 -1.5 8 8" aria-hidden="true">
      <rect x="-1.5" y="-1.5" width="8" height="8" fill={`hsl(${hue} 36% 84%)`} />
      {squares.map(([x, y]) => (
        <rect key={`${x}-${y}`} x={x} y={y} width="1.02" height="1.02" fill={`hsl(${hue} 48% 36%)`} />
      ))}
    </svg>
  );
}

/** Hash an account (FNV-1a, 32 bits), the same on every machine. */
export function hashAccount(account: string): number {
  let hash = 0x811c9dc5;
  for (const character of account.toLowerCase()) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  return hash >>> 0;
}
