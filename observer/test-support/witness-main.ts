import { createServer, type AddressInfo, type Server, type Socket } from "node:net";

/**
 * A service that can go down at command, and knows to the microsecond when it was: the witness on the data path.
 * `kill` resets every connection and refuses new ones, `isolate` keeps them open and silent. It also notes when the
 * machine itself held it up. Instants are monotonic milliseconds, the clock of all processes of this host.
 */
export type WitnessCommand = { readonly act: "down" | "up"; readonly mode: "kill" | "isolate" };
export type WitnessReport =
  | { readonly kind: "port"; readonly port: number }
  /** The act happened between these instants. */
  | { readonly kind: "done"; readonly fromMs: number; readonly byMs: number }
  | { readonly kind: "stall"; readonly fromMs: number; readonly byMs: number };

const HEARTBEAT_MS = 5;
const STALL_MS = 100;
const sockets = new Set<Socket>();
let held = false;

const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6;
const tell = (report: WitnessReport): void => void process.send?.(report);

function serve(socket: Socket): void {
  sockets.add(socket);
  socket.once("close", () => sockets.delete(socket));
  socket.on("error", () => undefined);
  // A probe's request comes in one piece.
  socket.on("data", () => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"));
  if (held) socket.pause();
}

async function listen(port: number): Promise<Server> {
  const server = createServer(serve);
  await new Promise<void>((resolve) => server.listen({ host: "127.0.0.1", port, backlog: 4096 }, resolve));
  return server;
}

let server = await listen(0);
const { port } = server.address() as AddressInfo;

function down(mode: WitnessCommand["mode"]): void {
  if (mode === "kill") {
    server.close();
    for (const socket of sockets) socket.resetAndDestroy();
    return;
  }
  held = true;
  for (const socket of sockets) socket.pause();
}

async function up(mode: WitnessCommand["mode"]): Promise<void> {
  if (mode === "kill") {
    server = await listen(port);
    return;
  }
  held = false;
  for (const socket of sockets) socket.resume();
}

process.on("message", (command: WitnessCommand) => {
  const fromMs = nowMs();
  const done = command.act === "down" ? down(command.mode) : up(command.mode);
  void Promise.resolve(done).then(() => tell({ kind: "done", fromMs, byMs: nowMs() }));
});
let beatMs = nowMs();
setInterval(() => {
  const now = nowMs();
  if (now - beatMs > STALL_MS) tell({ kind: "stall", fromMs: beatMs, byMs: now });
  beatMs = now;
}, HEARTBEAT_MS);
tell({ kind: "port", port });
