import { askEngine, statusOf } from "../../hosts/engine.ts";

type ContainerState = "running" | "paused" | "gone";

export type Containers = {
  pause(id: string): Promise<void>;
  unpause(id: string): Promise<void>;
  kill(id: string): Promise<void>;
  /** @throws TOOL_MISSING, UNAVAILABLE when the engine does not answer: nobody knows the state then */
  stateOf(id: string): Promise<ContainerState>;
};

/** Containers by their ids; the engine is looked for at the first use, as most homes have none. */
export function createContainers(): Containers {
  const stateOf = async (id: string): Promise<ContainerState> => {
    try {
      const { State } = await askEngine(`container ${id}`, (engine) => engine.container.getById(id).inspect());
      if (State.Paused) return "paused";
      return State.Running ? "running" : "gone";
    } catch (error) {
      if (statusOf(error) === 404) return "gone";
      throw error;
    }
  };
  /** Acts only in one of the states; a container that changed in between is judged by where it is. */
  const bring = async (id: string, from: readonly ContainerState[], act: "pause" | "unpause" | "kill") => {
    if (!from.includes(await stateOf(id))) return;
    try {
      await askEngine(`${act} of container ${id}`, (engine) => engine.container.getById(id)[act]());
    } catch (error) {
      if (from.includes(await stateOf(id))) throw error;
    }
  };
  return {
    pause: (id) => bring(id, ["running"], "pause"),
    unpause: (id) => bring(id, ["paused"], "unpause"),
    kill: (id) => bring(id, ["running", "paused"], "kill"),
    stateOf,
  };
}
