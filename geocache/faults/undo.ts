import { z } from "zod";
import { endpointSchema } from "../../contracts/endpoint.ts";
import { regionMemberSchema } from "../../contracts/lab.ts";

const conditionUndoSchema = z.object({ type: z.literal("condition"), conditionId: z.string() });

const membersUndoSchema = z.object({ type: z.literal("members"), members: z.array(regionMemberSchema) });

const pressureUndoSchema = z.object({
  type: z.literal("pressure"),
  direct: endpointSchema,
  username: z.string(),
  password: z.string(),
  maxmemoryBytes: z.number(),
  prefix: z.string(),
  /** Keys `<prefix>0` … `<prefix><count - 1>` may exist. */
  count: z.int(),
});

/** Everything that is needed to undo a fault, as it is on disk before the fault is injected. */
export const undoSchema = z.discriminatedUnion("type", [conditionUndoSchema, membersUndoSchema, pressureUndoSchema]);
export type Undo = z.infer<typeof undoSchema>;
export type ConditionUndo = z.infer<typeof conditionUndoSchema>;
export type MembersUndo = z.infer<typeof membersUndoSchema>;
export type PressureUndo = z.infer<typeof pressureUndoSchema>;
