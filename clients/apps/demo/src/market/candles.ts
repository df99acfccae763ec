/** Draws candles and volumes on a canvas with uPlot. */
import uPlot from "uplot";
import { columns, type Row } from "./amounts.js";

/** The share of the height that volumes take, and of an interval that a candle's body takes. */
const VOLUME_SHARE = 0.22;
const BODY_SHARE = 0.7;
const HEIGHT = 280;
/** Candles shown at once; the newest. */
const SHOWN = 120;

interface Colours {
  rise: string;
  fall: string;
  line: string;
  text: string;
}

/** A chart inside an element; it follows the element's width. */
export class CandleChart {
  readonly #plot: uPlot;
  readonly #resized: ResizeObserver;
  #colours: Colours;

  constructor(
    private readonly element: HTMLElement,
    rows: readonly Row[],
    private readonly decimals: number,
    private readonly seconds: number,
  ) {
    this.#colours = coloursOf(element);
    this.#plot = new uPlot(this.#options(), this.#data(rows), element);
    this.#resized = new ResizeObserver(() => this.#plot.setSize({ width: element.clientWidth, height: HEIGHT }));
    this.#resized.observe(element);
  }

  /** Show other candles. */
  show(rows: readonly Row[]): void {
    this.#plot.setData(this.#data(rows));
  }

  /** Take the page's colours again, after it turned light or dark. */
  recolour(): void {
    this.#colours = coloursOf(this.element);
    this.#plot.redraw(false, true);
  }

  close(): void {
    this.#resized.disconnect();
    this.#plot.destroy();
  }

  #data(rows: readonly Row[]): uPlot.AlignedData {
    return columns(rows.slice(-SHOWN), this.decimals) as uPlot.AlignedData;
  }

  #options(): uPlot.Options {
    const hidden = { show: true, paths: () => null, points: { show: false } };
    const axis = { stroke: () => this.#colours.text, grid: { stroke: () => this.#colours.line, width: 1 } };
    return {
      width: this.element.clientWidth,
      height: HEIGHT,
      cursor: { show: false },
      legend: { show: false },
      scales: {
        x: { time: true, range: (_, min, max) => [min - this.seconds, max + this.seconds] },
        y: { range: (plot) => this.#prices(plot) },
      },
      axes: [
        { ...axis, space: 70 },
        { ...axis, size: 64 },
      ],
      series: [{}, hidden, hidden, hidden, hidden],
      hooks: { draw: [(plot) => this.#draw(plot)] },
    };
  }

  /** The prices from the lowest to the highest, with room for volumes below. */
  #prices(plot: uPlot): [number, number] {
    const low = Math.min(...(plot.data[3] as number[]));
    const high = Math.max(...(plot.data[2] as number[]));
    if (!Number.isFinite(low) || !Number.isFinite(high)) return [0, 1];
    const span = high - low || high * 0.01 || 1;
    return [low - span * (VOLUME_SHARE + 0.08), high + span * 0.06];
  }

  #draw(plot: uPlot): void {
    const [times, opens, highs, lows, closes, volumes] = plot.data as unknown as number[][];
    const { ctx, bbox } = plot;
    const most = Math.max(...volumes!, 0) || 1;
    const apart = plot.valToPos(this.seconds, "x", true) - plot.valToPos(0, "x", true);
    const width = Math.max(1, Math.min(apart * BODY_SHARE, 24 * devicePixelRatio));
    ctx.save();
    for (const [at, time] of times!.entries()) {
      const x = plot.valToPos(time, "x", true);
      const [open, close] = [opens![at]!, closes![at]!];
      ctx.fillStyle = ctx.strokeStyle = close >= open ? this.#colours.rise : this.#colours.fall;
      const tall = (volumes![at]! / most) * bbox.height * VOLUME_SHARE;
      ctx.globalAlpha = 0.35;
      ctx.fillRect(x - width / 2, bbox.top + bbox.height - tall, width, tall);
      ctx.globalAlpha = 1;
      const wick = Math.max(1, Math.round(devicePixelRatio));
      const [top, bottom] = [plot.valToPos(highs![at]!, "y", true), plot.valToPos(lows![at]!, "y", true)];
      ctx.fillRect(x - wick / 2, top, wick, Math.max(1, bottom - top));
      const [from, to] = [
        plot.valToPos(Math.max(open, close), "y", true),
        plot.valToPos(Math.min(open, close), "y", true),
      ];
      ctx.fillRect(x - width / 2, from, width, Math.max(wick, to - from));
    }
    ctx.restore();
  }
}

function coloursOf(element: HTMLElement): Colours {
  const style = getComputedStyle(element);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  return { rise: colour("--accent"), fall: colour("--danger"), line: colour("--line"), text: colour("--muted") };
}
