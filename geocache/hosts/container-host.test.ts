import { afterAll } from "vitest";
import { conformance } from "../control-plane/conformance.ts";
import { createContainerHost } from "./container-host.ts";
import { removeLeftoverContainers } from "./leftover-containers.ts";

const homes = new Set<string>();

afterAll(async () => {
  for (const home of homes) await removeLeftoverContainers(home);
});

conformance("container", (home) => {
  homes.add(home);
  return createContainerHost(home);
});
