import fc from "fast-check";
import { anyCommand, type Command } from "./chaos-commands.test-helper.ts";

/** What happens to a group, in this order; nobody waits for answers but in `wait`. Members by index. */
export type ChaosEvent =
  | { readonly do: "write"; readonly at: number; readonly command: Command }
  /** MULTI … EXEC */
  | { readonly do: "multi"; readonly at: number; readonly commands: readonly Command[] }
  /** `from` cannot pull from `to` any more. */
  | { readonly do: "cut"; readonly from: number; readonly to: number }
  | { readonly do: "mend"; readonly from: number; readonly to: number }
  | { readonly do: "freeze"; readonly at: number }
  | { readonly do: "thaw"; readonly at: number }
  | { readonly do: "stop-syncer"; readonly at: number }
  | { readonly do: "start-syncer"; readonly at: number }
  | { readonly do: "wait"; readonly ms: number };

export type History = {
  readonly size: number;
  readonly events: readonly ChaosEvent[];
  /** The last member does not come back: the others are to be equal without it. */
  readonly losesLast?: boolean;
};

const MAX_EVENTS = 40;

export function historyOf(size: number): fc.Arbitrary<History> {
  const at = fc.nat(size - 1);
  const just = <T extends string>(word: T): fc.Arbitrary<T> => fc.constant(word);
  const pair = { from: at, to: at };
  const event: fc.Arbitrary<ChaosEvent> = fc.oneof(
    { weight: 24, arbitrary: fc.record({ do: just("write"), at, command: anyCommand }) },
    {
      weight: 2,
      arbitrary: fc.record({
        do: just("multi"),
        at,
        commands: fc.array(anyCommand, { minLength: 1, maxLength: 4 }),
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: just("cut"), ...pair }) },
    { weight: 1, arbitrary: fc.record({ do: just("mend"), ...pair }) },
    { weight: 1, arbitrary: fc.record({ do: just("freeze"), at }) },
    { weight: 1, arbitrary: fc.record({ do: just("thaw"), at }) },
    { weight: 1, arbitrary: fc.record({ do: just("stop-syncer"), at }) },
    { weight: 1, arbitrary: fc.record({ do: just("start-syncer"), at }) },
    { weight: 4, arbitrary: fc.record({ do: just("wait"), ms: fc.integer({ min: 0, max: 25 }) }) },
  );
  const events = fc.array(event, { minLength: 5, maxLength: MAX_EVENTS, size: "max" });
  return events.map((list) => ({ size, events: list }));
}
