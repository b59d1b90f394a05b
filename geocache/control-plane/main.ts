import { loadOrCreateCredentials } from "../../base/credentials.ts";
import { LifeboatError } from "../../base/errors.ts";
import { closeOnSignal, serveRegistered } from "../../base/http-server.ts";
import { createLog } from "../../base/log.ts";
import { homeFolder } from "../../base/paths.ts";
import { unregister } from "../../base/registration.ts";
import { chooseHost, createHost, describeChoice } from "../hosts/choose-host.ts";
import { serveArm } from "./arm/server.ts";
import { createControlPlane } from "./control-plane.ts";
import { enterpriseProfiles, type EnterpriseProfile } from "./groups/profiles.ts";
import { createNetworkClient } from "./network.ts";

const DEFAULT_MEMORY_SCALE = 1000;

const home = homeFolder();
const log = createLog("geocache");
const credentials = await loadOrCreateCredentials(home);
const choice = await chooseHost(home);
log.info({ host: choice.kind }, describeChoice(choice));
const plane = await createControlPlane({
  home,
  credentials,
  host: createHost(choice.kind, home),
  network: createNetworkClient(home, credentials.network),
  memoryScale: memoryScaleFrom(process.env["LIFEBOAT_MEMORY_SCALE"]),
  profile: profileFrom(process.env["LIFEBOAT_ENTERPRISE_PROFILE"]),
  log,
});
await plane.start();
const arm = await serveArm(plane.arm, home);
const options = { home, name: "geocache" };
const lab = await serveRegistered(plane.lab, options);
log.info({ arm, lab }, "serving");
closeOnSignal(options, async () => {
  await plane.close();
  await unregister(home, "geocache-arm");
});

function profileFrom(text: string | undefined): EnterpriseProfile {
  if (text === undefined) return "documented-2021";
  const profile = enterpriseProfiles.find((one) => one === text);
  if (profile) return profile;
  const right = `must be ${enterpriseProfiles.join(" or ")}, not "${text}"`;
  throw new LifeboatError("BAD_INPUT", `LIFEBOAT_ENTERPRISE_PROFILE: ${right}`);
}

function memoryScaleFrom(text: string | undefined): number {
  if (text === undefined) return DEFAULT_MEMORY_SCALE;
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new LifeboatError("BAD_INPUT", "LIFEBOAT_MEMORY_SCALE: must be a whole number from 1 to 999999");
}
