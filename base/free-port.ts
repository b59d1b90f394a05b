import { createServer, type AddressInfo } from "node:net";

/**
 * A port on loopback that nobody listened on a moment ago: the wished one if it is free, else any other. Whoever takes
 * it must be ready to lose the race.
 */
export async function freePort(wished = 0): Promise<number> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(wished, "127.0.0.1", resolve);
    });
    return (server.address() as AddressInfo).port;
  } catch (error) {
    if (wished === 0 || (error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    return await freePort();
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}
