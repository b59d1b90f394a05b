import path from "node:path";
import type { Stamp } from "../../base/clocks.ts";
import { createNdjsonGzWriter, eachNdjsonLine, type NdjsonWriter } from "../../base/ndjson.ts";
import { probeSampleSchema, type ProbeHeader, type StreamSpec, type StreamStatus } from "../../contracts/observer.ts";
import { createCacheProber } from "./cache-prober.ts";
import type { Prober } from "./prober.ts";
import { startProbeStream } from "./probe-stream.ts";
import { createServiceProber } from "./service-prober.ts";
import { createStatusKeeper } from "./stream-status.ts";
import type { AwaitAnswer, ThreadFile, ThreadQuestion } from "./thread-messages.ts";

type AwaitQuestion = Extract<ThreadQuestion, { kind: "await" }>;
export type RecordedStream = {
  readonly name: string;
  status(): StreamStatus;
  awaitCondition(question: AwaitQuestion): Promise<AwaitAnswer>;
  stop(): Promise<ThreadFile>;
};

/** At most this much of the raw data is lost in a crash. */
const flushEveryMs = 500;

/** A stream with its raw file. A file that is already there belongs to the same session and is continued. */
export async function startRecordedStream(
  spec: StreamSpec,
  session: { readonly outFolder: string; readonly origin: Stamp },
): Promise<RecordedStream> {
  const file = path.join(session.outFolder, `${spec.name}.ndjson.gz`);
  const writer = await createNdjsonGzWriter(file);
  const before = await writtenBefore(file);
  if (before.lines === 0) writer.write(headerOf(spec, session.origin));
  let samples = Math.max(0, before.lines - 1);

  const originNs = BigInt(session.origin.monoNs);
  const nowUs = (): number => Number(process.hrtime.bigint() - originNs) / 1000;
  const stampOf = (us: number): Stamp => stampAt(session.origin, us);
  const keeper = createStatusKeeper(spec, { nowUs, stampOf });
  const stream = startProbeStream({
    spec,
    prober: proberOf(spec),
    nowUs,
    ...(before.lastDueUs === undefined ? {} : { missedUs: before.lastDueUs + spec.intervalMs * 1000 }),
    known: (known) => keeper.add(known),
    record: (sample) => {
      samples += 1;
      writer.write(sample);
    },
  });
  const flushing = flushRegularly(writer);
  return {
    name: spec.name,
    status: () => keeper.status({ sent: stream.sentCount(), maxLatenessUs: stream.maxLatenessUs() }),
    awaitCondition: (question) =>
      new Promise((resolve) => {
        const answer = (held: boolean, since: Stamp | null): void => {
          clearTimeout(timer);
          resolve({ held, at: stampOf(nowUs()), since });
        };
        const timer = setTimeout(() => {
          cancel();
          answer(false, null);
        }, question.timeoutMs);
        const cancel = keeper.whenHolds(question, (streak) => answer(true, stampOf(streak.sinceUs)));
      }),
    async stop() {
      await stream.stop();
      clearInterval(flushing);
      await writer.close();
      return { stream: spec.name, path: file, samples };
    },
  };
}

function flushRegularly(writer: NdjsonWriter): NodeJS.Timeout {
  return setInterval(() => {
    writer.flush().catch((error: unknown) => {
      // A disk that takes no data makes the figures worthless: the thread ends, and its session says so.
      throw error;
    });
  }, flushEveryMs);
}

/** What an earlier process of the session has left in the file. */
async function writtenBefore(file: string): Promise<{ lines: number; lastDueUs: number | undefined }> {
  let lines = 0;
  let lastDueUs: number | undefined;
  for await (const line of eachNdjsonLine(file)) {
    lines += 1;
    if (lines > 1) lastDueUs = probeSampleSchema.parse(line)[0];
  }
  return { lines, lastDueUs };
}

function proberOf(spec: StreamSpec): Prober {
  return spec.target.kind === "service"
    ? createServiceProber(spec.target, spec.timeoutMs)
    : createCacheProber(spec, spec.target);
}

function headerOf({ target, ...stream }: StreamSpec, origin: Stamp): ProbeHeader {
  const where =
    target.kind === "service" ? target.url : `${target.cache} at ${target.endpoint.host}:${target.endpoint.port}`;
  return { schema: "lifeboat/probes/1", stream: { ...stream, kind: target.kind, target: where }, origin };
}

function stampAt(origin: Stamp, us: number): Stamp {
  return {
    monoNs: (BigInt(origin.monoNs) + BigInt(Math.round(us * 1000))).toString(),
    utc: new Date(Date.parse(origin.utc) + us / 1000).toISOString(),
  };
}
