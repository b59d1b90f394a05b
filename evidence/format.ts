import type { Interval } from "./bundle.ts";

/** Every number a reader sees is made here, so that none of them is ever NaN, null or without its unit. Pure. */

const MS_PER_SECOND = 1000;
const MS_PER_MINUTE = 60_000;

type Unit = { readonly name: string; readonly ofMs: number; readonly digits: number };

function unitFor(durationMs: number): Unit {
  const size = Math.abs(durationMs);
  if (size >= 10 * MS_PER_MINUTE) return { name: "min", ofMs: MS_PER_MINUTE, digits: 2 };
  if (size >= 100 * MS_PER_SECOND) return { name: "s", ofMs: MS_PER_SECOND, digits: 1 };
  if (size >= MS_PER_SECOND) return { name: "s", ofMs: MS_PER_SECOND, digits: 3 };
  return { name: "ms", ofMs: 1, digits: size >= 100 ? 0 : 1 };
}

function inUnit(durationMs: number, unit: Unit): string {
  return (durationMs / unit.ofMs).toFixed(unit.digits);
}

function isFinite(value: number | null | undefined): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

/** `12.3 ms`, `1.234 s`, `12.50 min`; an en dash where there is no number. */
export function formatMs(durationMs: number | null | undefined): string {
  if (!isFinite(durationMs)) return "–";
  const unit = unitFor(durationMs);
  return `${inUnit(durationMs, unit)} ${unit.name}`;
}

/** Text out of data that others made: what is no text, or empty, is not guessed at. */
export function formatText(value: unknown, otherwise = "–"): string {
  return typeof value === "string" && value !== "" ? value : otherwise;
}

/** A limit as somebody set it: `30 s`, `250 ms`. */
export function formatLimit(limitMs: number): string {
  return limitMs >= MS_PER_SECOND && limitMs % 100 === 0 ? `${limitMs / MS_PER_SECOND} s` : `${limitMs} ms`;
}

/** `1,234`; an en dash where there is no number. */
export function formatCount(value: number | null | undefined): string {
  return isFinite(value)
    ? Math.round(value)
        .toString()
        .replace(/\B(?=(\d{3})+$)/g, ",")
    : "–";
}

/** `99.95 %`. Only what is exactly everything reads 100 %, and only what is exactly nothing reads 0 %. */
export function formatShare(part: number, whole: number): string {
  if (!isFinite(part) || !isFinite(whole) || whole === 0) return "–";
  if (part === whole) return "100 %";
  if (part === 0) return "0 %";
  return `${Math.min(99.99, Math.max(0.01, (part / whole) * 100)).toFixed(2)} %`;
}

export function formatBytes(size: number): string {
  if (!isFinite(size)) return "–";
  if (size < 1000) return `${size} B`;
  return size < 1_000_000 ? `${(size / 1000).toFixed(1)} kB` : `${(size / 1_000_000).toFixed(1)} MB`;
}

/** Seconds since the run was opened, as chart and tables show them: `+12.345 s`. */
export function formatOffset(offsetMs: number | null): string {
  if (!isFinite(offsetMs)) return "–";
  return `${offsetMs < 0 ? "−" : "+"}${(Math.abs(offsetMs) / MS_PER_SECOND).toFixed(3)} s`;
}

/** `1.234–1.456 s`, `3 writes`, `not measured: why`. */
export function formatInterval(interval: Interval): string {
  if (interval.kind === "not-measured") return `not measured: ${interval.why}`;
  const { lo, hi, unit } = interval;
  if (!isFinite(lo) || !isFinite(hi)) return "not measured: the bounds are not numbers";
  if (unit === "ms") return rangeOfMs(lo, hi);
  if (unit === "ratio") return `${range(`${(lo * 100).toFixed(2)}`, `${(hi * 100).toFixed(2)}`)} %`;
  const noun = unit === "differences" ? "difference" : "write";
  return `${range(formatCount(lo), formatCount(hi))} ${noun}${lo === 1 && hi === 1 ? "" : "s"}`;
}

function rangeOfMs(lo: number, hi: number): string {
  const unit = unitFor(hi);
  return `${range(inUnit(lo, unit), inUnit(hi, unit))} ${unit.name}`;
}

function range(lo: string, hi: string): string {
  return lo === hi ? lo : `${lo}–${hi}`;
}

/** Wall-clock label without the `T`: `2026-11-21 14:32:01.123 UTC`. */
export function formatUtc(utc: string | null | undefined): string {
  if (utc === null || utc === undefined) return "–";
  return utc.replace("T", " ").replace(/Z$/, " UTC");
}
