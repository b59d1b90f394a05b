import { LifeboatError, messageOf } from "../../base/errors.ts";
import { waitFor, withTimeout } from "../../base/waits.ts";
import { answersPing } from "./admin-connection.ts";
import { bridgeName, type Bridge } from "./bridge.ts";
import { lastLogLines, listContainers, removeContainers, type CacheContainer } from "./cache-containers.ts";
import type { CacheSpec, StartedCache } from "./cache-host.ts";
import { CACHE_LABEL, HOME_LABEL, homeId } from "./labels.ts";
import { renderRedisFiles } from "./redis-config.ts";

const REDIS_PORT = 6379;
const START_TIMEOUT_MS = 60_000;
const READY_TIMEOUT_MS = 10_000;
/** The official image hands this folder over to its own user before redis-server starts. */
const FOLDER = "/data";

type Place = { readonly home: string; readonly image: string; readonly bridge: Bridge };

/** Starts an empty cache in a container and waits until it answers. @throws TOOL_MISSING, UNAVAILABLE, TIMED_OUT */
export async function startRedisContainer({ home, image, bridge }: Place, spec: CacheSpec): Promise<StartedCache> {
  const { GenericContainer } = await import("testcontainers");
  const files = renderRedisFiles(spec, { folder: FOLDER, bind: "0.0.0.0", port: REDIS_PORT });
  const container = new GenericContainer(image)
    .withName(`${bridgeName(home)}-${spec.name}`)
    .withLabels({ [HOME_LABEL]: homeId(home), [CACHE_LABEL]: spec.name })
    .withNetworkMode(bridge.id)
    .withAutoCleanup(false)
    .withCopyContentToContainer([
      { content: files.conf, target: `${FOLDER}/redis.conf`, mode: 0o600 },
      { content: files.acl, target: `${FOLDER}/users.acl`, mode: 0o600 },
    ])
    .withCommand(["redis-server", `${FOLDER}/redis.conf`]);
  try {
    await withTimeout(container.start(), START_TIMEOUT_MS, "starting it");
  } catch (error) {
    const message = `no container for cache ${spec.name}: ${messageOf(error)}`;
    throw new LifeboatError("UNAVAILABLE", message, { cause: error });
  }
  return await awaitAnswer(home, spec);
}

/** How a live container is reached: by its own address, past the engine's proxy, which would halve its speed. */
export function startedFrom(container: CacheContainer): StartedCache {
  return {
    identity: { host: "container", containerId: container.id },
    direct: { host: container.address, port: REDIS_PORT, tls: false },
  };
}

async function awaitAnswer(home: string, spec: CacheSpec): Promise<StartedCache> {
  const outcome = await waitFor(
    async () => {
      const [container] = await listContainers(home, spec.name);
      if (!container?.alive) return { ended: container };
      const started = startedFrom(container);
      const target = { endpoint: started.direct, password: spec.secrets.adminPassword };
      return (await answersPing(target, 1000)) ? { started } : undefined;
    },
    { what: `cache ${spec.name} to answer`, timeoutMs: READY_TIMEOUT_MS, intervalMs: 10 },
  );
  if ("started" in outcome) return outcome.started;
  const words = outcome.ended === undefined ? "its container is gone" : await lastLogLines(outcome.ended.id);
  await removeContainers(home, spec.name);
  throw new LifeboatError("UNAVAILABLE", `cache ${spec.name} ended while starting: ${words}`);
}
