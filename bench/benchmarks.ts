import { activeBacklogBenchmark } from "./active-backlog/active-backlog.ts";
import { activeWriteBenchmark } from "./active-write/active-write.ts";
import type { Benchmark } from "./benchmark.ts";
import { compareBenchmark } from "./compare/compare.ts";
import { delayBenchmark } from "./delay/delay.ts";
import { drillBenchmark } from "./drill/drill.ts";
import { linkBenchmark } from "./link/link.ts";
import { pathBenchmark } from "./path/path.ts";
import { reportBenchmark } from "./report/report.ts";

/** In the order in which they run. */
export const benchmarks: readonly Benchmark[] = [
  linkBenchmark,
  delayBenchmark,
  pathBenchmark,
  reportBenchmark,
  compareBenchmark,
  activeWriteBenchmark,
  activeBacklogBenchmark,
  drillBenchmark,
];
