import { LifeboatError, messageOf } from "../../../../base/errors.ts";
import { readJson } from "../../../../base/files.ts";
import { createLog } from "../../../../base/log.ts";
import { cacheUsers } from "../../../hosts/cache-host.ts";
import { evictsItself, runEvictor } from "../eviction/evictor.ts";
import { RedisClient } from "../store/redis-client.ts";
import type { MemberPhase } from "../syncer/syncer-input.ts";
import { Syncer } from "../syncer/syncer.ts";
import { memberConfigSchema, type MemberConfig } from "./api.ts";
import { accessIn, commandsToEnter } from "./client-access.ts";
import { ConflictList } from "./conflict-list.ts";
import { createControlApi } from "./control-api.ts";
import { groupNames } from "./group-names.ts";
import { viewOf } from "./view.ts";

/** `node main.ts <config file>` (./api.ts): the syncer of one member. It ends itself, saying why, when it cannot go on. */
const log = createLog("syncer");

function giveUp(reason: string): never {
  log.fatal({ reason }, "the syncer ends");
  process.exit(1);
}

async function readConfig(file: string | undefined): Promise<MemberConfig> {
  const found = file === undefined ? undefined : await readJson(file);
  if (found === undefined) throw new LifeboatError("BAD_INPUT", `there is no config file ${file ?? ""}`);
  return memberConfigSchema.parse(found);
}

async function setClientAccess(redis: RedisClient, phase: MemberPhase): Promise<void> {
  for (const [command, ...args] of commandsToEnter(accessIn[phase], cacheUsers.client))
    await redis.call(command, ...args);
}

function startEvictor({ redis, evictionPolicy: policy, maxmemoryBytes }: MemberConfig, mayEvict: () => boolean): void {
  if (!evictsItself(policy)) return;
  const { signal } = new AbortController();
  void runEvictor({ redis, policy, maxmemoryBytes, mayEvict, log, signal });
}

async function run(config: MemberConfig): Promise<void> {
  const { member, secret, redis: target, exchange, control } = config;
  const conflicts = await ConflictList.open(config.conflictsFile);
  const redis = await RedisClient.connect(target);
  redis.onClosed(() => giveUp("its redis has gone"));
  let syncer: Syncer | undefined;
  let phase: MemberPhase = "joining";
  const api = createControlApi({
    token: config.controlToken,
    conflicts,
    syncer: () => syncer,
    view: () => viewOf({ config, conflicts, redis, syncer }),
  });
  const url = await api.listen({ host: control.host, port: control.port });
  syncer = await Syncer.start({
    member,
    token: secret,
    names: groupNames(secret),
    redis: target,
    listen: exchange,
    ...(config.hostForRedis === undefined ? {} : { hostForRedis: config.hostForRedis }),
    membership: config.membership,
    clockOffsetUs: config.clockOffsetMs * 1000,
    setClientAccess: async (next) => {
      phase = next;
      await setClientAccess(redis, next);
    },
    onConflict: (conflict) => void conflicts.add([conflict]).catch((error: unknown) => giveUp(messageOf(error))),
    onFailed: giveUp,
  });
  startEvictor(config, () => phase === "open");
  log.info({ member, control: url, exchange, redis: target.endpoint }, "the syncer runs");
}

// Nothing has to be saved: what counts lies in the member's redis.
process.once("SIGTERM", () => process.exit(0));
try {
  await run(await readConfig(process.argv[2]));
} catch (error) {
  giveUp(messageOf(error));
}
