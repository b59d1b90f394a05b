import type { z } from "zod";
import { badRequest } from "./errors.ts";

/** The body of a request. @throws ArmError 400 naming the first offending field and what would be right */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw badRequest(issue?.path.join(".") || "body", issue?.message ?? "is not valid");
}
