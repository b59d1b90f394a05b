import { LifeboatError } from "../../base/errors.ts";
import { askEngine } from "./engine.ts";

/**
 * Clients connect to a container's own address: a published port goes through the engine's proxy, which would halve
 * the throughput and be a second, hidden hop in every latency. That needs an engine whose bridges are this machine's.
 * @throws TOOL_MISSING when no engine answers; UNAVAILABLE when this machine does not reach its containers' addresses
 */
export async function requireReachable(): Promise<void> {
  const info = (await askEngine("what it is", (engine) => engine.container.dockerode.info())) as EngineInfo;
  const obstacle = obstacleIn(info);
  if (obstacle === undefined) return;
  throw new LifeboatError("UNAVAILABLE", `containers cannot be reached by their addresses: ${obstacle}`, {
    hint: "set LIFEBOAT_HOST=process",
  });
}

type EngineInfo = { readonly OperatingSystem?: string; readonly SecurityOptions?: readonly string[] };

function obstacleIn(info: EngineInfo): string | undefined {
  if (process.platform !== "linux") return `on ${process.platform} the engine runs in a virtual machine`;
  if (info.OperatingSystem?.includes("Docker Desktop")) return "Docker Desktop runs the engine in a virtual machine";
  if (info.SecurityOptions?.some((option) => option.includes("rootless"))) return "the engine is rootless";
  return undefined;
}
