/** Raw amounts, prices and candles of a market as people read and charts draw them. */

export type Row = [
  openTime: number,
  open: string,
  high: string,
  low: string,
  close: string,
  volume: string,
  quoteVolume: string,
  trades: number,
  status: string,
];

/** Significant digits of what is shown; the exact text is in its title. */
const SHOWN = 6;

/** Format a raw whole number of a token with so many decimals. */
export function formatAmount(raw: string, decimals: number): string {
  return formatPrice(scaled(raw, decimals));
}

/** Write a raw whole number with its decimal point. */
export function scaled(raw: string, decimals: number): string {
  if (decimals === 0) return raw;
  const digits = raw.padStart(decimals + 1, "0");
  const fraction = digits.slice(-decimals).replace(/0+$/, "");
  return fraction ? `${digits.slice(0, -decimals)}.${fraction}` : digits.slice(0, -decimals);
}

/** Shorten a decimal string to six significant digits, without an exponent where it is not needed. */
export function formatPrice(text: string): string {
  const value = Number(text);
  if (!Number.isFinite(value)) return text;
  if (value !== 0 && (value < 1e-6 || value >= 1e15)) return value.toExponential(3);
  return new Intl.NumberFormat(undefined, { maximumSignificantDigits: SHOWN }).format(value);
}

/** How much a price changed, in percent with its sign. */
export function formatChange(from: string, to: string): string {
  const change = (Number(to) / Number(from) - 1) * 100;
  return `${change >= 0 ? "+" : "−"}${Math.abs(change).toFixed(2)} %`;
}

/** What uPlot draws: times in seconds, and open, high, low, close and volume by column. */
export function columns(rows: readonly Row[], decimals: number): [number[], ...number[][]] {
  const volume = (raw: string): number => Number(scaled(raw, decimals));
  return [
    rows.map(([time]) => time / 1_000),
    rows.map(([, open]) => Number(open)),
    rows.map(([, , high]) => Number(high)),
    rows.map(([, , , low]) => Number(low)),
    rows.map(([, , , , close]) => Number(close)),
    rows.map(([, , , , , raw]) => volume(raw)),
  ];
}

/** Milliseconds of an interval's name: `5m`, `1h`, `1d`, `1w`. */
export function lengthOf(interval: string): number {
  const units: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
  return Number.parseInt(interval) * (units[interval.slice(-1)] ?? 60_000);
}
