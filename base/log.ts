import { pino, type Logger } from "pino";

export type { Logger };

/** Structured log on stderr; the supervisor sends it to the process's file. Secrets are cut at the sink. */
export function createLog(name: string): Logger {
  return pino(
    {
      name,
      level: process.env["LIFEBOAT_LOG_LEVEL"] ?? "info",
      redact: {
        paths: ["token", "password", "authorization", "*.token", "*.password", "*.authorization"],
        censor: "[redacted]",
      },
    },
    pino.destination({ dest: 2, sync: true }),
  );
}
