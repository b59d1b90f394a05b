type Env = Readonly<Record<string, string | undefined>>;

/** Any of these points at a Temporal of the user's own. A configuration file alone does not: it may be for other work. */
const variables = ["TEMPORAL_ADDRESS", "TEMPORAL_PROFILE", "TEMPORAL_CONFIG_FILE"] as const;

/** Whether the user's own Temporal is to be used instead of the embedded one. */
export function usesOwnTemporal(env: Env = process.env): boolean {
  return variables.some((name) => (env[name] ?? "") !== "");
}
