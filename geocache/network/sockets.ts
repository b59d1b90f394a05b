import { Socket, type SocketConstructorOpts } from "node:net";

/** Given what has just been read, which is overwritten by the next read of any socket. */
export type Reader = (bytes: Uint8Array) => void;

/**
 * All sockets read into this one. A socket of Node otherwise allocates 64 kB for each read, however short, and takes
 * it through a stream: with small requests that was a third of a link's own CPU time (docs/benchmarks.md).
 */
const readBuffer = Buffer.allocUnsafeSlow(64 * 1024);

/** A socket that is not connected yet. */
export function newSocket(reader: Reader): Socket {
  return new Socket(optionsFor(reader));
}

/**
 * Takes over what a server with `pauseOnConnect` has accepted. Node offers `onread` for sockets that one makes
 * oneself, not for accepted ones; so the connection's handle moves to a new socket. The server then knows nothing of
 * the connection any more, and closing it waits for none.
 */
export function adoptSocket(accepted: Socket, reader: Reader): Socket {
  const owner = accepted as unknown as { _handle: unknown };
  const handle = owner._handle;
  owner._handle = null;
  accepted.destroy();
  return new Socket({ ...optionsFor(reader), handle } as SocketConstructorOpts);
}

function optionsFor(reader: Reader): SocketConstructorOpts {
  const callback = (count: number, buffer: Uint8Array): boolean => {
    reader(buffer.subarray(0, count));
    // Pausing is said to the socket itself, by whoever knows what waits.
    return true;
  };
  return { allowHalfOpen: true, onread: { buffer: readBuffer, callback } };
}
