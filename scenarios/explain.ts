import type { z } from "zod";

/** A field path as its author wrote it: `topology.regions[1].name`. */
function fieldPath(path: readonly PropertyKey[]): string {
  const text = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
  return text.replace(/^\./, "") || "(whole file)";
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, part) => (value as Record<PropertyKey, unknown> | undefined)?.[part], root);
}

function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** Says of a refused field where it is, what was given and what would be right. */
export function explainIssue(
  issue: z.core.$ZodIssue | undefined,
  root: unknown,
): { readonly field: string; readonly message: string } {
  if (!issue) return { field: "(whole file)", message: "is not a scenario" };
  if (issue.code === "unrecognized_keys") {
    const field = fieldPath([...issue.path, issue.keys[0] ?? ""]);
    return { field, message: "is not a field of a scenario; remove it or see docs/scenarios.md" };
  }
  const field = fieldPath(issue.path);
  const missingUnit = field.endsWith("Ms") && typeof valueAt(root, issue.path) === "string";
  const unit = missingUnit ? " (a number of milliseconds; the unit is in the field's name)" : "";
  return { field, message: `${issue.message}${unit}; given: ${shown(valueAt(root, issue.path))}` };
}
