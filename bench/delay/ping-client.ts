import { connect } from "node:net";
import { once } from "node:events";
import { withTimeout } from "../../base/waits.ts";

export type PingClient = {
  /** From the write of a PING to its answer, in ms. */
  roundTripMs(): Promise<number>;
  close(): void;
};

const answerWithinMs = 5000;

/** One connection to a redis-server with nothing between the clock and the socket. */
export async function connectPing(port: number): Promise<PingClient> {
  const socket = connect({ host: "127.0.0.1", port, noDelay: true });
  await withTimeout(once(socket, "connect"), answerWithinMs, `the connection to port ${port}`);
  return {
    async roundTripMs() {
      const sentMs = performance.now();
      const answered = new Promise<number>((resolve) => socket.once("data", () => resolve(performance.now())));
      socket.write("PING\r\n");
      return (await withTimeout(answered, answerWithinMs, "the answer to a PING")) - sentMs;
    },
    close: () => socket.destroy(),
  };
}
