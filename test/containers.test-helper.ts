import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { messageOf } from "../base/errors.ts";
import { hasImage, imageName } from "../geocache/hosts/image.ts";

const run = promisify(execFile);

/**
 * Prepares for tests in containers. Returns what their titles say when they cannot run here, so that it is seen;
 * empty when they can. @throws when they cannot, although LIFEBOAT_REQUIRE_DOCKER is 1
 */
export async function whyNotRun(): Promise<string> {
  try {
    await prepare();
    return "";
  } catch (error) {
    if (process.env["LIFEBOAT_REQUIRE_DOCKER"] === "1") throw error;
    process.stderr.write(`tests with containers are NOT RUN: ${messageOf(error)}\n`);
    return `, NOT RUN: ${messageOf(error)}`;
  }
}

/** The official image where the engine has it, else one of this machine's own redis-server. */
async function prepare(): Promise<void> {
  if (await hasImage(imageName())) return;
  const { stdout } = await run(path.join(import.meta.dirname, "build-redis-image.sh"), { timeout: 60_000 });
  process.env["LIFEBOAT_REDIS_IMAGE"] = stdout.trim();
}
