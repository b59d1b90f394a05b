import { withTimeout } from "../../../base/waits.ts";

type ContainerState = "running" | "paused" | "gone";

export type Containers = {
  pause(id: string): Promise<void>;
  unpause(id: string): Promise<void>;
  kill(id: string): Promise<void>;
  stateOf(id: string): Promise<ContainerState>;
};

const callTimeoutMs = 10_000;

/** The Docker engine that testcontainers finds; asked for at the first use, as most homes have no containers. */
export function createContainers(): Containers {
  const container = async (id: string) => {
    const { getContainerRuntimeClient } = await import("testcontainers");
    const runtime = await withTimeout(getContainerRuntimeClient(), callTimeoutMs, "finding the Docker engine");
    return runtime.container.getById(id);
  };
  const stateOf = async (id: string): Promise<ContainerState> => {
    const found = await container(id);
    try {
      const { State } = await withTimeout(found.inspect(), callTimeoutMs, `inspecting container ${id}`);
      if (State.Paused) return "paused";
      return State.Running ? "running" : "gone";
    } catch (error) {
      if ((error as { statusCode?: number }).statusCode === 404) return "gone";
      throw error;
    }
  };
  /** Acts unless the container is already as wanted; what was lost in between counts by its state. */
  const bring = async (id: string, from: ContainerState, act: "pause" | "unpause" | "kill"): Promise<void> => {
    if ((await stateOf(id)) !== from) return;
    await withTimeout((await container(id))[act](), callTimeoutMs, `${act} of container ${id}`);
  };
  return {
    pause: (id) => bring(id, "running", "pause"),
    unpause: (id) => bring(id, "paused", "unpause"),
    async kill(id) {
      await bring(id, "paused", "unpause");
      await bring(id, "running", "kill");
    },
    stateOf,
  };
}
