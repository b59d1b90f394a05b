import { parentPort, workerData } from "node:worker_threads";
import { messageOf } from "../../base/errors.ts";
import { startRecordedStream, type RecordedStream } from "./recorded-stream.ts";
import type { ThreadData, ThreadQuestion, ThreadReply, ThreadRequest } from "./thread-messages.ts";

/** The thread of one probe group: nothing else runs here, so that nothing else delays a probe. */
const data = workerData as ThreadData;
const starting = Promise.all(data.streams.map((spec) => startRecordedStream(spec, data)));

parentPort?.on("message", (request: ThreadRequest) => {
  void answerTo(request).then((reply) => parentPort?.postMessage(reply));
});

async function answerTo({ id, question }: ThreadRequest): Promise<ThreadReply> {
  try {
    return { id, answer: await answer(await starting, question) };
  } catch (error) {
    return { id, error: messageOf(error) };
  }
}

async function answer(streams: readonly RecordedStream[], question: ThreadQuestion): Promise<unknown> {
  if (question.kind === "status") return streams.map((stream) => stream.status());
  if (question.kind === "stop") return Promise.all(streams.map((stream) => stream.stop()));
  const stream = streams.find((one) => one.name === question.stream);
  if (!stream) throw new Error(`no stream ${question.stream}`);
  return stream.awaitCondition(question);
}
