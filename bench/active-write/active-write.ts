import { waitFor } from "../../base/waits.ts";
import { cacheUsers } from "../../geocache/hosts/cache-host.ts";
import {
  startMembers,
  type TestMember,
  type TestMembers,
} from "../../geocache/replication/active/member/members.test-helper.ts";
import type { Benchmark, BenchmarkOptions } from "../benchmark.ts";
import { ratios, type Figure } from "../figure.ts";
import { setsAt, type Load } from "../link/redis-benchmark.ts";
import { startRedis } from "../servers.ts";

const loads = {
  "pipeline 1": { clients: 50, pipeline: 1, requests: 60_000 },
  "pipeline 16": { clients: 50, pipeline: 16, requests: 400_000 },
} as const satisfies Record<string, Load>;
type LoadName = keyof typeof loads;
const loadNames = Object.keys(loads) as LoadName[];

/** With its own syncer only, and with two peers that pull. */
const groups = { "own syncer only": 1, "two peers": 3 } as const;
type GroupName = keyof typeof groups;
const goalsAtPipeline16: Readonly<Record<GroupName, number>> = { "own syncer only": 0.6, "two peers": 0.4 };

const rounds = 3;
const memberBytes = 1024 ** 3;
const appliedWithinMs = 120_000;

type Round = { readonly alone: number; readonly member: number; readonly everywhere: number };

/** What it costs a client that its redis is a member of an active group. */
export const activeWriteBenchmark: Benchmark = {
  name: "active-write",
  about: "SETs of 100 B at a redis-server alone and at one that is a member of an active group, in turn",
  timeoutMs: 400_000,
  async run(options) {
    const alone = await startRedis(options);
    const figures: Figure[] = [];
    for (const name of Object.keys(groups) as GroupName[]) figures.push(...(await measureGroup(name, alone, options)));
    return figures;
  },
};

async function measureGroup(name: GroupName, alone: number, options: BenchmarkOptions): Promise<Figure[]> {
  const group = await startMembers(groups[name], { maxmemoryBytes: memberBytes });
  try {
    const measured = new Map<LoadName, Round[]>(loadNames.map((load) => [load, []]));
    for (let round = 0; round < (options.quick ? 1 : rounds); round += 1) {
      for (const load of loadNames) measured.get(load)?.push(await oneRound(group, { alone, load }, options));
    }
    return loadNames
      .flatMap((load) => figuresOf(`${load}, ${name}`, load, measured.get(load) ?? []))
      .map((figure) =>
        figure.name === `pipeline 16, ${name}: member / alone`
          ? { ...figure, goal: { atLeast: goalsAtPipeline16[name] } }
          : figure,
      );
  } finally {
    await group.end();
  }
}

async function oneRound(
  group: TestMembers,
  { alone, load }: { alone: number; load: LoadName },
  { quick, children }: BenchmarkOptions,
): Promise<Round> {
  const [written] = group.members;
  if (written === undefined) throw new RangeError("a group without members");
  const requests = quick ? loads[load].requests / 20 : loads[load].requests;
  const direct = await setsAt(alone, { ...loads[load], requests }, children);
  const startedMs = performance.now();
  const user = { name: cacheUsers.admin, password: written.config.redis.password };
  const member = await setsAt(written.direct.port, { ...loads[load], requests, user }, children);
  await appliedEverywhere(group.members, written);
  const everywhere = requests / (performance.now() - startedMs);
  return { alone: direct.kopsPerSecond, member: member.kopsPerSecond, everywhere };
}

/** Until nothing more comes out of the written member's stream, and every other one has applied all of it. */
async function appliedEverywhere(members: readonly TestMember[], written: TestMember): Promise<void> {
  let lastIssued = -1;
  await waitFor(
    async () => {
      const views = await Promise.all(members.map((member) => member.view()));
      const own = views.find(({ member }) => member === written.name);
      if (own === undefined) return false;
      const settled = own.issued === lastIssued;
      lastIssued = own.issued;
      const applied = views.map((view) => view.applied.find(([origin]) => origin === own.origin)?.[1] ?? 0);
      return settled && applied.every((seq) => seq >= own.issued);
    },
    { what: "every write to be applied everywhere", timeoutMs: appliedWithinMs, intervalMs: 20 },
  );
}

function figuresOf(name: string, load: LoadName, measured: readonly Round[]): Figure[] {
  const alone = measured.map((round) => round.alone);
  const member = measured.map((round) => round.member);
  return [
    { name: `${name}: alone`, unit: "kops/s", values: alone },
    { name: `${name}: member`, unit: "kops/s", values: member },
    { name: `${name}: member / alone`, unit: "ratio", values: ratios(member, alone) },
    {
      name: `${name}: until applied everywhere`,
      unit: "kops/s",
      values: measured.map(({ everywhere }) => everywhere),
    },
  ];
}
