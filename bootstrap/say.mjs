/** Progress on stderr, so that stdout stays for results. */
export function say(text) {
  process.stderr.write(`lifeboat set-up: ${text}\n`);
}

/** Runs a step and says what it does and how long it took. */
export async function timed(what, step) {
  say(`${what} …`);
  const startedMs = performance.now();
  const result = await step();
  say(`${what}: done in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
  return result;
}

/** A reason to stop that the user can act on: what is missing and the one command that would help. */
export class SetUpError extends Error {
  constructor(message, hint) {
    super(message);
    this.hint = hint;
  }
}
