/**
 * Names that clients must not know: what bears them lies beside their data. All are made from one secret of the group,
 * so that a member's snapshot can serve as another member's start.
 */
export type SecretNames = {
  readonly library: string;
  readonly functions: Readonly<Record<FunctionName, string>>;
  /** Under it redis's own time is written into the stream, where no client can name it or listen to it. */
  readonly pulse: string;
  /** Every key in database 1 starts with it. */
  readonly prefix: string;
  readonly state: string;
  readonly marker: string;
};

const FUNCTION_NAMES = ["claim", "append", "begin", "stage", "apply", "read", "lists", "trim", "pulse"] as const;
type FunctionName = (typeof FUNCTION_NAMES)[number];

/** The clients' database. */
export const DATA_DATABASE = 0;
/** The database of the log. */
export const LOG_DATABASE = 1;

export function secretNames(secret: string): SecretNames {
  const functions = Object.fromEntries(FUNCTION_NAMES.map((name) => [name, `f${secret}_${name}`]));
  return {
    library: `l${secret}`,
    // Object.fromEntries forgets which keys it was given
    functions: functions as Record<FunctionName, string>,
    pulse: `${secret}:pulse`,
    prefix: `${secret}:`,
    state: `${secret}:state`,
    marker: `${secret}:marker`,
  };
}

/** Sorted by sequence within one origin. */
export function chunkKey(names: SecretNames, origin: string, firstSeq: number): string {
  return `${names.prefix}log:${origin}:${String(firstSeq).padStart(16, "0")}`;
}
