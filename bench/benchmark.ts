import type { ChildProcesses } from "./child-processes.ts";
import type { Figure } from "./figure.ts";

export type BenchmarkOptions = {
  /** Few and short rounds: shows that it works, not how fast it is. */
  readonly quick: boolean;
  /** A temporary folder of its own, removed afterwards. */
  readonly folder: string;
  /** Whatever it starts here is ended by its pid afterwards, however the run ends. */
  readonly children: ChildProcesses;
};

/** One subject of `npm run bench`. */
export type Benchmark = {
  readonly name: string;
  /** What is compared with what, in a sentence. */
  readonly about: string;
  /** Everything it takes fits in here. */
  readonly timeoutMs: number;
  run(options: BenchmarkOptions): Promise<readonly Figure[]>;
};
