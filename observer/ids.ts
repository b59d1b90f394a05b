import { z } from "zod";
import { parseInput } from "../base/http-server.ts";

const paramsSchema = z.object({
  id: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,119}$/, "must be letters, digits, dots, _ or -, as in a file name"),
});

/** The id in a request's path; it becomes the name of a file. @throws BAD_INPUT */
export function idOf(params: unknown): string {
  return parseInput(paramsSchema, params).id;
}
