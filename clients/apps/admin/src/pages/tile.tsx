interface Props {
  label: string;
  value: string;
  unit?: string;
  points: readonly number[];
}

const [WIDTH, HEIGHT] = [200, 44];

/** Draws a line over time, at least half a minute wide, on a scale of its own from zero. */
export function Tile({ label, value, unit, points }: Props) {
  const most = Math.max(...points, 1e-9);
  const step = WIDTH / Math.max(30, points.length - 1);
  const line = points.map((point, i) => {
    const x = WIDTH - (points.length - 1 - i) * step;
    return `${x.toFixed(1)},${(HEIGHT - 3 - (point / most) * (HEIGHT - 8)).toFixed(1)}`;
  });
  const start = (WIDTH - (points.length - 1) * step).toFixed(1);
  return (
    <div class="tile">
      <dt>{label}</dt>
      <dd>
        <strong>{value}</strong> {unit && <span class="unit">{unit}</span>}
      </dd>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        {line.length > 1 && <polygon class="area" points={`${start},${HEIGHT} ${line.join(" ")} ${WIDTH},${HEIGHT}`} />}
        {line.length > 1 && <polyline class="line" points={line.join(" ")} />}
      </svg>
    </div>
  );
}
