import { waitFor } from "../../base/waits.ts";
import { askEngine, statusOf } from "./engine.ts";
import { CACHE_LABEL, labelFilter } from "./labels.ts";

const REMOVE_TIMEOUT_MS = 15_000;

export type CacheContainer = {
  readonly id: string;
  /** The cache whose container it is. */
  readonly cache: string;
  /** It runs, frozen or not. */
  readonly alive: boolean;
  /** Its address on the home's bridge; empty when it does not run. */
  readonly address: string;
};

/** The containers of a home, or of one of its caches, in whatever state. @throws TOOL_MISSING, UNAVAILABLE */
export async function listContainers(home: string, cache?: string): Promise<CacheContainer[]> {
  const filters = labelFilter(home, cache);
  const found = await askEngine("its containers", (engine) =>
    engine.container.dockerode.listContainers({ all: true, filters }),
  );
  return found.map((each) => ({
    id: each.Id,
    cache: each.Labels[CACHE_LABEL] ?? "",
    alive: each.State === "running" || each.State === "paused",
    address: Object.values(each.NetworkSettings?.Networks ?? {})[0]?.IPAddress ?? "",
  }));
}

/**
 * Ends and removes them at once, frozen or not. Returns how many there were.
 * @throws TOOL_MISSING, UNAVAILABLE, TIMED_OUT
 */
export async function removeContainers(home: string, cache?: string): Promise<number> {
  const found = await listContainers(home, cache);
  if (found.length === 0) return 0;
  await Promise.all(found.map((each) => removeContainer(each.id)));
  await waitFor(async () => (await listContainers(home, cache)).length === 0, {
    what: "the containers to be removed",
    timeoutMs: REMOVE_TIMEOUT_MS,
    intervalMs: 20,
  });
  return found.length;
}

async function removeContainer(id: string): Promise<void> {
  try {
    await askEngine(`the removal of container ${id}`, (engine) =>
      engine.container.getById(id).remove({ force: true, v: true }),
    );
  } catch (error) {
    // 404: it has gone; 409: somebody else is removing it.
    if (statusOf(error) !== 404 && statusOf(error) !== 409) throw error;
  }
}

/** The last words of a cache. */
export async function lastLogLines(id: string): Promise<string> {
  const text = await askEngine(`the log of container ${id}`, (engine) =>
    engine.container.getById(id).logs({ stdout: true, stderr: true, tail: 3 }),
  );
  // Each line carries eight bytes of framing.
  return text
    .toString("utf8")
    .replaceAll(/[^\n\x20-\x7E]+./gu, "")
    .trim()
    .replaceAll("\n", " | ");
}
