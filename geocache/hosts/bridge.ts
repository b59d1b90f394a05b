import { LifeboatError } from "../../base/errors.ts";
import { askEngine, statusOf } from "./engine.ts";
import { HOME_LABEL, homeId, labelFilter } from "./labels.ts";

export function bridgeName(home: string): string {
  return `lifeboat-${homeId(home)}`;
}

export type Bridge = {
  readonly id: string;
  /** This machine's address on it, at which links listen that containers connect to. */
  readonly gateway: string;
};

/**
 * Makes the home's own bridge network unless it is there. Not to be called twice at once.
 * @throws TOOL_MISSING, UNAVAILABLE
 */
export async function ensureBridge(home: string): Promise<Bridge> {
  const known = await findBridge(home);
  if (known !== undefined) return known;
  await createBridge(home);
  const made = await findBridge(home);
  if (made === undefined) throw new LifeboatError("UNAVAILABLE", `network ${bridgeName(home)} has no gateway`);
  return made;
}

async function findBridge(home: string): Promise<Bridge | undefined> {
  const [network] = await listBridges(home);
  const gateway = network?.IPAM?.Config?.[0]?.["Gateway"];
  return network === undefined || gateway === undefined ? undefined : { id: network.Id, gateway };
}

async function createBridge(home: string): Promise<void> {
  const Labels = { [HOME_LABEL]: homeId(home) };
  try {
    await askEngine("a network", (engine) =>
      engine.network.create({ Name: bridgeName(home), Driver: "bridge", CheckDuplicate: true, Labels }),
    );
  } catch (error) {
    // Somebody else made it meanwhile.
    if (statusOf(error) !== 409) throw error;
  }
}

/** Removes the home's networks. Containers must have gone before. @throws TOOL_MISSING, UNAVAILABLE */
export async function removeBridges(home: string): Promise<void> {
  for (const { Id } of await listBridges(home)) {
    try {
      await askEngine(`the removal of network ${Id}`, (engine) => engine.network.getById(Id).remove());
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
    }
  }
}

function listBridges(home: string) {
  const filters = labelFilter(home);
  return askEngine("its networks", (engine) => engine.container.dockerode.listNetworks({ filters }));
}
