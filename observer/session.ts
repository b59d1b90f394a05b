import { mkdir } from "node:fs/promises";
import type { z } from "zod";
import type { Stamp } from "../base/clocks.ts";
import { LifeboatError } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import type { awaitSchema, SessionResult, SessionSpec, SessionStatus, StreamSpec } from "../contracts/observer.ts";
import { sha256OfFile } from "./digests.ts";
import { startProbeGroup, type ProbeGroup } from "./probe-group.ts";
import type { AwaitAnswer } from "./probes/thread-messages.ts";

export type Session = {
  status(): Promise<SessionStatus>;
  /** @throws NOT_FOUND for an unknown stream */
  awaitCondition(wanted: z.infer<typeof awaitSchema>): Promise<AwaitAnswer>;
  stop(): Promise<{ readonly status: SessionStatus; readonly result: SessionResult }>;
};

type SessionOptions = { readonly id: string; readonly spec: SessionSpec; readonly origin: Stamp; readonly log: Logger };

const askTimeoutMs = 15_000;
const deathsMost = 5;

/** Starts all groups, or continues their raw files when they are there. */
export async function startSession({ id, spec, origin, log }: SessionOptions): Promise<Session> {
  await mkdir(spec.outFolder, { recursive: true });
  const groups = new Map<string, ProbeGroup>();
  let deaths = 0;

  function start(name: string, streams: readonly StreamSpec[]): void {
    const onDeath = (why: string): void => {
      deaths += 1;
      log.error({ group: name, why, deaths }, "a probe thread died");
      // The gap is visible in the raw files; giving up for good is visible as the end of the samples.
      if (deaths <= deathsMost) start(name, streams);
    };
    groups.set(name, startProbeGroup({ streams, outFolder: spec.outFolder, origin }, onDeath));
  }
  for (const group of spec.groups) start(group.name, group.streams);

  function groupOf(stream: string): ProbeGroup {
    const found = spec.groups.find((group) => group.streams.some((one) => one.name === stream));
    const group = found && groups.get(found.name);
    if (!group) throw new LifeboatError("NOT_FOUND", `no stream ${stream} in this session`, { field: "stream" });
    return group;
  }
  const everyGroup = <T>(act: (group: ProbeGroup) => Promise<readonly T[]>): Promise<T[]> =>
    Promise.all([...groups.values()].map(act)).then((lists) => lists.flat());
  const timeoutMost = Math.max(...spec.groups.flatMap((group) => group.streams.map((stream) => stream.timeoutMs)));

  async function status(): Promise<SessionStatus> {
    const streams = await everyGroup((group) => group.ask<"status">({ kind: "status" }, askTimeoutMs));
    return { id, state: "running", startedAt: origin, streams };
  }

  return {
    status,
    awaitCondition: (wanted) =>
      groupOf(wanted.stream).ask<"await">({ kind: "await", ...wanted }, wanted.timeoutMs + askTimeoutMs),
    async stop() {
      const last: SessionStatus = { ...(await status()), state: "stopped" };
      const files = await everyGroup((group) => group.ask<"stop">({ kind: "stop" }, timeoutMost + askTimeoutMs));
      await Promise.all([...groups.values()].map((group) => group.end()));
      const digested = files.map(async (file) => ({ ...file, sha256: await sha256OfFile(file.path) }));
      return { status: last, result: { files: await Promise.all(digested) } };
    },
  };
}
