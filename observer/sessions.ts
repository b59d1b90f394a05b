import { z } from "zod";
import { LifeboatError } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import {
  sessionResultSchema,
  sessionSpecSchema,
  sessionStatusSchema,
  type awaitSchema,
  type SessionResult,
  type SessionSpec,
  type SessionStatus,
  type StreamSpec,
} from "../contracts/observer.ts";
import type { AwaitAnswer } from "./probes/thread-messages.ts";
import { createRunStore, storedRunSchema } from "./run-store.ts";
import { createRuns, type Runs } from "./runs.ts";
import { startSession, type Session } from "./session.ts";

export type Sessions = Omit<Runs<SessionSpec, Session, SessionStatus, SessionResult>, "live"> & {
  /** @throws NOT_FOUND when the session does not run or has no such stream */
  awaitCondition(id: string, wanted: z.infer<typeof awaitSchema>): Promise<AwaitAnswer>;
};

const storedSessionSchema = storedRunSchema.extend({
  spec: sessionSpecSchema,
  stopped: z.object({ status: sessionStatusSchema, result: sessionResultSchema }).nullable(),
});
type StoredSession = z.infer<typeof storedSessionSchema>;

export function createSessions({ folder, log }: { readonly folder: string; readonly log: Logger }): Sessions {
  const runs = createRuns<StoredSession, Session, SessionStatus, SessionResult>(
    {
      noun: "session",
      store: createRunStore(folder, storedSessionSchema),
      plan: async (begun) => ({ ...begun, stopped: null }),
      start: ({ id, spec, origin }) => startSession({ id, spec, origin, log: log.child({ session: id }) }),
      afterDeath: (stored) => stored,
      atRest: (stored) => ({ ...stored, spec: withoutSecrets(stored.spec) }),
    },
    log,
  );
  return {
    ...runs,
    async awaitCondition(id, wanted) {
      const session = await runs.live(id);
      if (!session) throw new LifeboatError("NOT_FOUND", `no running session ${id}`);
      return session.awaitCondition(wanted);
    },
  };
}

function withoutSecrets({ groups, ...spec }: SessionSpec): SessionSpec {
  const bare = (stream: StreamSpec): StreamSpec => ({
    ...stream,
    target: stream.target.kind === "cache" ? { ...stream.target, password: "" } : { ...stream.target, headers: {} },
  });
  return { ...spec, groups: groups.map((group) => ({ ...group, streams: group.streams.map(bare) })) };
}
