import { once } from "node:events";
import { createServer } from "node:http";
import { stamp } from "../../base/clocks.ts";
import type { GroupView, MemberView } from "../../contracts/groups.ts";

export type FakeLab = {
  readonly url: string;
  /** How it answers from now on: `null` is an error of the control plane. */
  answer: (() => GroupView | null) | "silent";
  readonly seenTokens: Set<string>;
  close(): void;
};

/** A control plane that knows one group and nothing else. */
export async function startFakeLab(nickname: string): Promise<FakeLab> {
  const seenTokens = new Set<string>();
  const server = createServer((request, response) => {
    seenTokens.add(request.headers.authorization ?? "");
    if (lab.answer === "silent") return;
    const group = request.url === `/lab/groups/${nickname}` ? lab.answer() : null;
    response.writeHead(group ? 200 : 503, { "content-type": "application/json" });
    response.end(JSON.stringify(group ?? { error: { code: "UNAVAILABLE", message: "out of order" } }));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const lab: FakeLab = {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    answer: "silent",
    seenTokens,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return lab;
}

export function memberView(member: string, changes: Partial<MemberView> = {}): MemberView {
  return {
    member,
    origin: `${member}/1`,
    phase: "open",
    detail: null,
    epoch: 1,
    members: ["east", "west"],
    peers: [],
    issued: 0,
    applied: [],
    conflicts: 0,
    logBytes: 0,
    usedMemoryBytes: 10_000_000,
    rssBytes: 12_000_000,
    maxmemoryBytes: 100_000_000,
    syncerRssBytes: 50_000_000,
    at: stamp(),
    ...changes,
  };
}

/** A group with these members; a member without a view could not be asked. */
export function groupView(nickname: string, views: Readonly<Record<string, MemberView | null>>): GroupView {
  const members = Object.entries(views).map(([cache, view]) => ({
    cache,
    region: `region-${cache}`,
    resourceId: `/${cache}`,
    running: view !== null,
    view,
  }));
  return { nickname, epoch: 1, totalLoss: false, members, at: stamp() };
}
