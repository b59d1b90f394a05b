import { mkdir, readdir } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { readJson, writeFileAtomic } from "../base/files.ts";
import { sessionResultSchema, sessionSpecSchema, sessionStatusSchema } from "../contracts/observer.ts";
import { stampSchema } from "../contracts/stamps.ts";

/** What outlives the process: a running session with its plan, a stopped one with its result (and no passwords). */
const storedSessionSchema = z.discriminatedUnion("state", [
  z.object({
    state: z.literal("running"),
    id: z.string(),
    origin: stampSchema,
    specDigest: z.string(),
    spec: sessionSpecSchema,
  }),
  z.object({
    state: z.literal("stopped"),
    id: z.string(),
    specDigest: z.string(),
    status: sessionStatusSchema,
    result: sessionResultSchema,
  }),
]);
export type StoredSession = z.infer<typeof storedSessionSchema>;

type SessionStore = {
  load(id: string): Promise<StoredSession | undefined>;
  save(session: StoredSession): Promise<void>;
  all(): Promise<StoredSession[]>;
};

export function createSessionStore(folder: string): SessionStore {
  const fileOf = (id: string): string => path.join(folder, `${id}.json`);
  async function load(id: string): Promise<StoredSession | undefined> {
    const found = storedSessionSchema.safeParse(await readJson(fileOf(id)));
    return found.success ? found.data : undefined;
  }
  return {
    load,
    save: (session) => writeFileAtomic(fileOf(session.id), JSON.stringify(session, null, 2)),
    async all() {
      await mkdir(folder, { recursive: true });
      const names = (await readdir(folder)).filter((name) => name.endsWith(".json"));
      const found = await Promise.all(names.map((name) => load(name.slice(0, -".json".length))));
      return found.filter((session) => session !== undefined);
    },
  };
}
