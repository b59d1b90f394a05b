import { deriveAll } from "../../evidence/derive.ts";
import type { Manifest } from "../../evidence/manifest.ts";
import type { RawBundle } from "../../evidence/read-bundle.ts";
import { viewOf } from "../../evidence/series.ts";
import { renderers } from "../../reports/index.ts";
import type { Benchmark } from "../benchmark.ts";
import type { Figure } from "../figure.ts";
import { syntheticBundle } from "./synthetic-bundle.ts";

const sizes = [1000, 10_000, 100_000, 1_000_000];

/** Whether a report stays small however much was sampled. */
export const reportBenchmark: Benchmark = {
  name: "report",
  about: "report.html of bundles of 10^3 to 10^6 samples, with an outage in the middle third and every 7th write lost",
  timeoutMs: 90_000,
  async run({ quick }) {
    const figures: Figure[] = [];
    for (const count of quick ? sizes.slice(0, 2) : sizes) {
      const bundle = await syntheticBundle(count);
      const startMs = performance.now();
      const bytes = Buffer.byteLength(reportOf(bundle));
      const tookMs = performance.now() - startMs;
      const name = `${count.toLocaleString("en")} samples`;
      figures.push(
        { name: `${name}: report.html`, unit: "kB", values: [bytes / 1000], goal: { atMost: 250 } },
        { name: `${name}: measured, judged and rendered in`, unit: "ms", values: [tookMs] },
      );
    }
    return figures;
  },
};

function reportOf(bundle: RawBundle): string {
  const view = viewOf(bundle, deriveAll(bundle), { manifest: manifestOf(bundle), environment: {} });
  return renderers.find((one) => one.file === "report.html")?.render(view) ?? "";
}

function manifestOf({ drillId, events }: RawBundle): Manifest {
  const digest = "0".repeat(64);
  return {
    schema: "lifeboat/manifest/1",
    drillId,
    planSha256: digest,
    ending: "completed",
    nonce: "synthetic",
    events: { count: events.length, head: digest },
    files: [],
  };
}
