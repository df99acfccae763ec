import { useEffect, useRef } from "preact/hooks";
import type uPlot from "uplot";

interface Props {
  label: string;
  /** The newest value, as it is said. */
  value: string;
  unit?: string;
  /** Seconds since 1970, and the values then; null where nothing is known. */
  times: readonly number[];
  lines: readonly (readonly (number | null)[])[];
  say: (value: number) => string;
}

/** Plots with this key show one cursor: the same moment in all of them. */
const CURSOR = "overview";
const HEIGHT = 120;
const clock = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});
/** Seconds that a plot is wide at least. */
const LEAST_S = 60;

/** A figure with its course; the plot library is fetched when the first one is drawn. */
export function Plot({ label, value, unit, times, lines, say }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const newest = useRef({ times, lines });
  newest.current = { times, lines };
  useEffect(() => {
    let over = false;
    void import("uplot").then(({ default: Plotter }) => {
      if (over || !box.current) return;
      plot.current = new Plotter(
        optionsOf(box.current.clientWidth, lines.length, say),
        dataOf(newest.current),
        box.current,
      );
    });
    const sizes = new ResizeObserver(([entry]) => {
      plot.current?.setSize({ width: Math.floor(entry!.contentRect.width), height: HEIGHT });
    });
    sizes.observe(box.current!);
    return () => {
      over = true;
      sizes.disconnect();
      plot.current?.destroy();
    };
  }, []);
  useEffect(() => plot.current?.setData(dataOf({ times, lines })), [times, lines]);
  return (
    <figure class="plot">
      <figcaption>
        <span>{label}</span>
        <strong>{value}</strong> {unit && <span class="muted">{unit}</span>}
      </figcaption>
      <div ref={box} aria-hidden="true" />
    </figure>
  );
}

function dataOf({ times, lines }: Pick<Props, "times" | "lines">): uPlot.AlignedData {
  return [times as number[], ...(lines as (number | null)[][])];
}

function optionsOf(width: number, lines: number, say: (value: number) => string): uPlot.Options {
  const colour = (name: string) => () => getComputedStyle(document.documentElement).getPropertyValue(name);
  const axis = { stroke: colour("--muted"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false } };
  const strokes = ["--accent", "--brass"];
  return {
    width,
    height: HEIGHT,
    cursor: { sync: { key: CURSOR }, y: false },
    legend: { show: false },
    scales: {
      x: { range: (_, first, last) => [Math.min(first ?? 0, (last ?? 0) - LEAST_S), last ?? 0] },
      y: { range: (_, __, most) => [0, Math.max(most ?? 0, 1) * 1.1] },
    },
    axes: [
      { ...axis, size: 24, space: 80, values: (_, marks) => marks.map((at) => clock.format(at * 1_000)) },
      { ...axis, size: 70, values: (_, marks) => marks.map(say), space: 28 },
    ],
    series: [
      {},
      ...Array.from({ length: lines }, (_, i) => ({
        stroke: colour(strokes[i % strokes.length]!),
        width: 1.5,
        points: { show: false },
      })),
    ],
  };
}
