import { Agent, request } from "undici";
import { z } from "zod";

const DOCKER_TIMEOUT_MS = 10_000;
export const HOME_LABEL = "lifeboat.home";
const itemsSchema = z.array(z.object({ Id: z.string() }));

/** Removes containers and networks that carry the home's label. No engine means none. Returns how many there were. */
export async function removeContainers(home: string): Promise<number> {
  const socketPath = dockerSocket();
  if (socketPath === undefined) return 0;
  const agent = new Agent({ connect: { socketPath, timeout: 1000 } });
  const filters = encodeURIComponent(JSON.stringify({ label: [`${HOME_LABEL}=${home}`] }));
  try {
    const containers = await list(agent, `/containers/json?all=1&filters=${filters}`);
    await Promise.all(containers.map((id) => remove(agent, `/containers/${id}?force=1&v=1`)));
    const networks = await list(agent, `/networks?filters=${filters}`);
    await Promise.all(networks.map((id) => remove(agent, `/networks/${id}`)));
    return containers.length;
  } catch {
    return 0;
  } finally {
    await agent.destroy();
  }
}

/** The engine's socket on this machine; a remote engine is not ours to clean. */
export function dockerSocket(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const host = env["DOCKER_HOST"];
  if (host === undefined || host === "") return "/var/run/docker.sock";
  return host.startsWith("unix://") ? host.slice("unix://".length) : undefined;
}

async function list(agent: Agent, path: string): Promise<string[]> {
  const answer = await call(agent, "GET", path);
  return itemsSchema.parse(await answer.body.json()).map((item) => item.Id);
}

async function remove(agent: Agent, path: string): Promise<void> {
  const answer = await call(agent, "DELETE", path);
  await answer.body.dump();
}

function call(agent: Agent, method: "GET" | "DELETE", path: string): ReturnType<typeof request> {
  const signal = AbortSignal.timeout(DOCKER_TIMEOUT_MS);
  return request(`http://docker${path}`, { method, dispatcher: agent, signal });
}
