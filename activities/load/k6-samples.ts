import { createReadStream } from "node:fs";
import { pipeline } from "node:stream";
import { constants, createGunzip } from "node:zlib";

export type K6Sample = {
  readonly metric: "request" | "dropped";
  /** Wall clock in milliseconds: when the request was sent, or the iteration dropped. */
  readonly atMs: number;
  /** Duration of the request in milliseconds, or the number of dropped iterations. */
  readonly value: number;
  readonly ok: boolean;
  readonly op: string;
  readonly region: string;
};

/**
 * The requests and dropped iterations of k6's gzipped CSV output with times in microseconds. A file that k6 was
 * killed over gives what can be decoded of it.
 */
export async function* k6Samples(file: string): AsyncGenerator<K6Sample> {
  let columns: readonly string[] | undefined;
  for await (const line of lines(file)) {
    const fields = line.split(",");
    if (!columns) columns = fields;
    else if (fields.length === columns.length) {
      const sample = sampleOf((name) => fields[columns?.indexOf(name) ?? -1] ?? "");
      if (sample) yield sample;
    }
  }
}

async function* lines(file: string): AsyncGenerator<string> {
  const gunzip = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH });
  pipeline(createReadStream(file), gunzip, () => undefined);
  let rest = "";
  try {
    for await (const chunk of gunzip.setEncoding("utf8") as AsyncIterable<string>) {
      const parts = (rest + chunk).split("\n");
      rest = parts.pop() ?? "";
      yield* parts;
    }
  } catch {
    // No file, or bytes past which nothing can be decoded: what was read so far is all there is.
  }
}

function sampleOf(field: (name: string) => string): K6Sample | undefined {
  const metric = field("metric_name");
  if (metric !== "http_req_duration" && metric !== "dropped_iterations") return undefined;
  const value = Number(field("metric_value"));
  const stampedMs = Number(field("timestamp")) / 1000;
  const tags = new URLSearchParams(field("extra_tags"));
  const region = tags.get("region") ?? "none";
  if (metric === "dropped_iterations") {
    return { metric: "dropped", atMs: stampedMs, value, ok: false, op: "none", region };
  }
  // k6 stamps a request when it ends.
  return {
    metric: "request",
    atMs: stampedMs - value,
    value,
    ok: field("expected_response") === "true",
    op: tags.get("op") ?? "none",
    region,
  };
}
