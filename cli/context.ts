/** What every command is given: where the state is, where to write, and the exit code it leaves. */
export type CliContext = {
  readonly home: string;
  /** Results, on stdout. One line or block, without the final line break. */
  readonly print: (text: string) => void;
  /** Progress and remarks, on stderr. */
  readonly say: (text: string) => void;
  /** The raw streams, for help texts that bring their own line breaks. */
  readonly write: { readonly out: (text: string) => void; readonly err: (text: string) => void };
  /** A terminal that can redraw and has not been told to be plain. */
  readonly live: boolean;
  exitCode: number;
};

export const exitCodes = {
  pass: 0,
  fail: 1,
  inconclusive: 2,
  aborted: 3,
  badInput: 64,
  missing: 69,
  defect: 70,
} as const;
