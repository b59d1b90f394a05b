import { ensureBridge } from "./bridge.ts";
import { listContainers, removeContainers } from "./cache-containers.ts";
import type { CacheHost } from "./cache-host.ts";
import { imageName } from "./image.ts";
import { startedFrom, startRedisContainer } from "./redis-container.ts";

/**
 * Redis-servers in containers, on a bridge network of the home's own. They are known by their labels alone: a control
 * plane that is started anew finds them, and `down` removes them although everything else has crashed.
 */
export function createContainerHost(home: string, env = process.env): CacheHost {
  let gateway: Promise<string> | undefined;

  /** Looked up once; a lookup that failed is repeated. */
  function bridge(): Promise<string> {
    gateway ??= ensureBridge(home).catch((error: unknown) => {
      gateway = undefined;
      throw error;
    });
    return gateway;
  }

  return {
    kind: "container",
    async start(spec) {
      await removeContainers(home, spec.name);
      // Somebody may have removed the network with the containers.
      gateway = undefined;
      await bridge();
      return await startRedisContainer(home, imageName(env), spec);
    },
    async adopt(name) {
      const container = (await listContainers(home, name)).find((each) => each.alive);
      return container && startedFrom(container);
    },
    async stop(name) {
      await removeContainers(home, name);
    },
    replicationListenHost: bridge,
  };
}
