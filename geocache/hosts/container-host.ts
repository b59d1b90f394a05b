import { ensureBridge, type Bridge } from "./bridge.ts";
import { listContainers, removeContainers } from "./cache-containers.ts";
import type { CacheHost } from "./cache-host.ts";
import { imageName } from "./image.ts";
import { startedFrom, startRedisContainer } from "./redis-container.ts";
import { sharedLook } from "./shared-look.ts";

/**
 * Redis-servers in containers, on a bridge network of the home's own. They are known by their labels alone: a control
 * plane that is started anew finds them, and `down` removes them although everything else has crashed.
 */
export function createContainerHost(home: string, env = process.env): CacheHost {
  let known: Promise<Bridge> | undefined;
  // Every cache is looked for twice a second: with a question for each, many caches would keep the engine busy.
  const look = sharedLook(() => listContainers(home));

  /** One lookup after the other: two at once would make two networks of the same name. */
  function lookUpBridge(): Promise<Bridge> {
    const former: Promise<unknown> = known ?? Promise.resolve();
    known = former.catch(() => undefined).then(() => ensureBridge(home));
    return known;
  }

  return {
    kind: "container",
    async start(spec) {
      await removeContainers(home, spec.name);
      // Somebody may have removed the network with the containers.
      const bridge = await lookUpBridge();
      return await startRedisContainer({ home, image: imageName(env), bridge }, spec);
    },
    async adopt(name) {
      const container = (await look()).find((each) => each.cache === name && each.alive);
      return container && startedFrom(container);
    },
    async stop(name) {
      await removeContainers(home, name);
    },
    async replicationListenHost() {
      const bridge = await (known ?? lookUpBridge()).catch(lookUpBridge);
      return bridge.gateway;
    },
  };
}
