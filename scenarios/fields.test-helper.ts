import { z } from "zod";
import { scenarioSchema } from "./schema.ts";

type Node = {
  readonly type?: string;
  readonly const?: string;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly items?: Node;
  readonly oneOf?: readonly Node[];
  readonly additionalProperties?: Node | boolean;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
};

/** A field as its author may write it. `path`: `topology.regions[].name`, `steps[kind=latency].stepsMs`. */
export type Field = { readonly path: string; readonly takes: string; readonly unlessGiven: string };

/** Every field of a scenario, from its schema. */
export function scenarioFields(): Field[] {
  return fieldsOf(z.toJSONSchema(scenarioSchema, { io: "input" }) as Node, "");
}

function fieldsOf(node: Node, path: string): Field[] {
  if (node.items) return fieldsOf(node.items, `${path}[]`);
  if (node.oneOf) return node.oneOf.flatMap((variant) => fieldsOf(variant, withTag(path, variant)));
  return Object.entries(node.properties ?? {}).flatMap(([name, field]) => {
    const own = `${path}${path === "" ? "" : "."}${name}`;
    const needed = node.required?.includes(name) === true;
    return [{ path: own, takes: takes(field), unlessGiven: unlessGiven(field, needed) }, ...fieldsOf(field, own)];
  });
}

/** The field with a fixed value tells the variants apart. */
function withTag(path: string, variant: Node): string {
  const [tag, field] = Object.entries(variant.properties ?? {}).find(([, each]) => each.const !== undefined) ?? [];
  return `${path.replace(/\[\]$/, "")}[${tag}=${field?.const}]`;
}

function takes(node: Node): string {
  if (node.const !== undefined) return `\`${node.const}\``;
  if (node.enum) return node.enum.map((value) => `\`${String(value)}\``).join(", ");
  if (node.oneOf) return "one of the forms below";
  if (node.type === "array") return `list${between(node.minItems, node.maxItems, " of ")}`;
  if (node.type === "object") return node.properties ? "fields below" : "map of place to number";
  if (node.type === "string")
    return node.maxLength === undefined ? "text" : `text, at most ${node.maxLength} characters`;
  const range = between(node.minimum, node.maximum, ", ");
  const above = node.exclusiveMinimum === undefined ? "" : `, above ${node.exclusiveMinimum}`;
  return `${node.type === "integer" ? "whole number" : "number"}${above}${range}`;
}

function between(least: number | undefined, most: number | undefined, before: string): string {
  const endless = most === undefined || most >= Number.MAX_SAFE_INTEGER;
  if (least === undefined || least <= Number.MIN_SAFE_INTEGER) return endless ? "" : `${before}at most ${most}`;
  if (endless) return `${before}at least ${least}`;
  return least === most ? `${before}${least}` : `${before}${least} to ${most}`;
}

function unlessGiven(node: Node, needed: boolean): string {
  if (needed) return "must be given";
  return node.default === undefined ? "absent" : `\`${JSON.stringify(node.default)}\``;
}
