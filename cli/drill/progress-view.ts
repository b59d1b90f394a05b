import type { Progress } from "../../workflows/messages.ts";
import type { CliContext } from "../context.ts";
import { progressBlock, progressLine } from "./render-progress.ts";

/** Without a terminal a line is written when something changed, and at least this often. */
const PLAIN_EVERY_MS = 10_000;

export type ProgressView = { readonly show: (progress: Progress) => void; readonly end: () => void };

export function createProgressView(context: CliContext): ProgressView {
  return context.live ? liveView(context) : plainView(context);
}

function plainView(context: CliContext): ProgressView {
  let lastPhase: string | null = null;
  let lastMs = Number.NEGATIVE_INFINITY;
  return {
    show(progress) {
      const nowMs = Date.now();
      const what = `${progress.phase} ${progress.awaiting?.gate ?? ""}`;
      if (what === lastPhase && nowMs - lastMs < PLAIN_EVERY_MS) return;
      lastPhase = what;
      lastMs = nowMs;
      context.say(progressLine(progress, nowMs));
    },
    end: () => undefined,
  };
}

function liveView(context: CliContext): ProgressView {
  let drawn = 0;
  return {
    show(progress) {
      const columns = process.stderr.columns ?? 80;
      const lines = progressBlock(progress, Date.now()).map((line) => line.slice(0, columns - 1));
      const up = drawn === 0 ? "" : `\u001B[${drawn}A`;
      context.write.err(up + lines.map((line) => `\u001B[2K${line}\n`).join(""));
      drawn = lines.length;
    },
    end: () => {
      drawn = 0;
    },
  };
}
