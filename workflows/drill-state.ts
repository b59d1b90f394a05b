import type { Drill } from "../activities/drill-types.ts";
import type { Ending, Phase } from "../evidence/events.ts";
import { record } from "./acts.ts";
import { Compensations } from "./compensations.ts";
import type { AbortRequest, ApprovalAnswer, DrillInput, Progress } from "./messages.ts";

type PhaseState = Progress["phases"][number]["state"];

/** What one drill knows of itself; everything in it is derived from the workflow's history. */
export class DrillState {
  readonly input: DrillInput;
  readonly startedAtMs = Date.now();
  readonly undo = new Compensations();
  readonly numbers: Record<string, number> = {};
  readonly faults = new Set<string>();
  awaiting: Progress["awaiting"] = null;
  answer: ApprovalAnswer | null = null;
  abort: AbortRequest | null = null;
  timedOut = false;
  observing = false;
  ending: Ending | null = null;
  private opened: Drill | null = null;
  private current: Phase | null = null;
  private currentStartedAtMs: number | null = null;
  private readonly states = new Map<Phase, PhaseState>();

  constructor(input: DrillInput) {
    this.input = input;
  }

  get drill(): Drill {
    if (!this.opened) throw new Error("the drill is not open yet");
    return this.opened;
  }

  set drill(drill: Drill) {
    this.opened = drill;
  }

  get isOpen(): boolean {
    return this.opened !== null;
  }

  reached(phase: Phase): boolean {
    return this.states.has(phase);
  }

  /** Runs a phase as a span in the evidence: started, and ended well or not. */
  async phase<T>(phase: Phase, work: () => Promise<T>): Promise<T> {
    this.current = phase;
    this.currentStartedAtMs = Date.now();
    this.states.set(phase, "running");
    await record(this.drill, [{ what: `phase:${phase}:started`, type: "phase.started", phase }]);
    try {
      const result = await work();
      await this.endPhase(phase, "ok");
      return result;
    } catch (error) {
      this.states.set(phase, "failed");
      throw error;
    }
  }

  /** Says of a phase that it does not apply, and why. */
  async skip(phase: Phase, why: string): Promise<void> {
    this.states.set(phase, "skipped");
    await record(this.drill, [{ what: `phase:${phase}:skipped`, type: "phase.skipped", phase, data: { why } }]);
  }

  async endPhase(phase: Phase, outcome: "ok" | "failed"): Promise<void> {
    this.states.set(phase, outcome === "ok" ? "done" : "failed");
    await record(this.drill, [{ what: `phase:${phase}:ended`, type: "phase.ended", phase, data: { outcome } }]);
  }

  /** The phase in which the drill broke off, if it did. */
  failedPhase(): Phase | undefined {
    return [...this.states].find(([, state]) => state === "failed" || state === "running")?.[0];
  }

  progress(): Progress {
    return {
      drillId: this.input.drillId,
      scenario: this.input.scenario.name,
      startedAtMs: this.startedAtMs,
      phase: this.current,
      phaseStartedAtMs: this.currentStartedAtMs,
      phases: [...this.states].map(([phase, state]) => ({ phase, state })),
      awaiting: this.awaiting,
      faults: [...this.faults],
      numbers: { ...this.numbers },
      ending: this.ending,
    };
  }
}
