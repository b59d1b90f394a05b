import { LifeboatError } from "../base/errors.ts";
import { parseInput } from "../base/http-server.ts";
import { faultSchema, type Fault } from "../contracts/fault.ts";
import { parseDuration } from "./durations.ts";

export type FaultOptions = {
  readonly mode?: string;
  readonly path?: string;
  readonly latency?: string;
  readonly jitter?: string;
  readonly bytesPerSecond?: string;
  readonly fill?: string;
};

type Build = (target: string, options: FaultOptions) => Record<string, unknown>;

/** How each kind of fault is written on the command line. */
const builders: Readonly<Record<Fault["kind"], Build>> = {
  "region-outage": (region, { mode }) => ({ region, mode: mode ?? "kill" }),
  "link-latency": (target, options) => ({
    ...link(target, options),
    latencyMs: parseDuration(needed(options.latency, "--latency"), "--latency"),
    jitterMs: options.jitter === undefined ? 0 : parseDuration(options.jitter, "--jitter"),
  }),
  "link-bandwidth": (target, options) => ({
    ...link(target, options),
    bytesPerSecond: Number(needed(options.bytesPerSecond, "--bytes-per-second")),
  }),
  "link-partition": link,
  "link-loss": link,
  "link-reset": link,
  "memory-pressure": (cache, { fill }) => ({ cache, fillRatio: Number(needed(fill, "--fill")) }),
};

export const faultKinds = Object.keys(builders);

/** A fault of the catalogue from KIND, TARGET and options. @throws BAD_INPUT naming what is missing or wrong */
export function faultFrom(kind: string, target: string, options: FaultOptions): Fault {
  const build = builders[kind as Fault["kind"]];
  if (!build) {
    const hint = `one of ${faultKinds.join(", ")}`;
    throw new LifeboatError("BAD_INPUT", `KIND: there is no fault "${kind}"`, { field: "KIND", hint });
  }
  return parseInput(faultSchema, { kind, ...build(target, options) });
}

/** A link's target is `FROM:TO`, each a region, `edge` or `*`. */
function link(target: string, options: FaultOptions): Record<string, unknown> {
  const [from, to, ...rest] = target.split(":");
  if (from === undefined || to === undefined || rest.length > 0) {
    const hint = "FROM:TO, each a region, edge or *; for example westeurope:northeurope";
    throw new LifeboatError("BAD_INPUT", `TARGET: "${target}" does not name a link`, { field: "TARGET", hint });
  }
  return { from, to, path: options.path ?? "all" };
}

function needed(value: string | undefined, field: string): string {
  if (value !== undefined) return value;
  throw new LifeboatError("BAD_INPUT", `${field} is needed for this kind of fault`, { field });
}
