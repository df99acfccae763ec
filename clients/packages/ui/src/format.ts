export { shortAccount } from "@parlour/client/names";

/** Format milliseconds as `3 d 4 h`, `12 min` or `8 s`: the two largest units at most. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3_600) % 24,
    Math.floor(seconds / 60) % 60,
  ];
  if (days) return `${days} d ${hours} h`;
  if (hours) return `${hours} h ${minutes} min`;
  return minutes ? `${minutes} min` : `${seconds} s`;
}

export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB"];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return `${(bytes / 1_000 ** power).toFixed(power ? 1 : 0)} ${units[power]}`;
}

const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const tenth = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });

export function formatNumber(value: number): string {
  return (value < 10 ? tenth : whole).format(value);
}

/** Format wei as ether, without zeros at the end. */
export function formatEther(wei: string | bigint): string {
  const digits = BigInt(wei).toString().padStart(19, "0");
  const fraction = digits.slice(-18).replace(/0+$/, "");
  return fraction ? `${digits.slice(0, -18)}.${fraction}` : digits.slice(0, -18);
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });

export function formatTime(at: number): string {
  return clock.format(at);
}

export function formatDay(at: number): string {
  return new Date(at).toDateString() === new Date().toDateString() ? "Today" : day.format(at);
}
