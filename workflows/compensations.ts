export type Compensation = { readonly describes: string; readonly run: () => Promise<void> };

/** Undo steps, registered before what they undo and run in reverse order, each at most once. */
export class Compensations {
  private readonly steps: Compensation[] = [];

  get isEmpty(): boolean {
    return this.steps.length === 0;
  }

  /** Registers an undo; answers how to forget it once there is nothing left to undo. */
  push(step: Compensation): () => void {
    this.steps.push(step);
    return () => {
      const index = this.steps.indexOf(step);
      if (index >= 0) this.steps.splice(index, 1);
    };
  }

  /** Runs all, also when one fails. Answers what failed. Call it in a non-cancellable scope. */
  async runAll(): Promise<{ readonly describes: string; readonly error: unknown }[]> {
    const failures: { describes: string; error: unknown }[] = [];
    for (let step = this.steps.pop(); step; step = this.steps.pop()) {
      try {
        await step.run();
      } catch (error) {
        failures.push({ describes: step.describes, error });
      }
    }
    return failures;
  }
}
