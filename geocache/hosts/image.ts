import { LifeboatError, messageOf } from "../../base/errors.ts";
import { withTimeout } from "../../base/waits.ts";
import { askEngine, findEngine, statusOf } from "./engine.ts";

const PULL_TIMEOUT_MS = 45_000;

/** What caches are made of on the container host. */
export function imageName(env: NodeJS.ProcessEnv = process.env): string {
  return env["LIFEBOAT_REDIS_IMAGE"] ?? "redis:7.0.15";
}

/** Whether the engine has the image. @throws TOOL_MISSING, UNAVAILABLE */
export async function hasImage(image: string): Promise<boolean> {
  try {
    await askEngine("an image", (engine) => engine.container.dockerode.getImage(image).inspect());
    return true;
  } catch (error) {
    if (statusOf(error) === 404) return false;
    throw error;
  }
}

/** Pulls the image unless the engine has it, in bounded time. @throws TOOL_MISSING, UNAVAILABLE */
export async function requireImage(image: string): Promise<void> {
  if (await hasImage(image)) return;
  let reason = "the registry does not have it";
  try {
    await withTimeout(pull(image), PULL_TIMEOUT_MS, `pulling ${image}`);
  } catch (error) {
    reason = messageOf(error);
  }
  if (await hasImage(image)) return;
  throw new LifeboatError("TOOL_MISSING", `the image ${image} is not here and could not be pulled: ${reason}`, {
    hint: "set LIFEBOAT_REDIS_IMAGE to an image that the engine has, or LIFEBOAT_HOST=process",
  });
}

async function pull(image: string): Promise<void> {
  const engine = await findEngine();
  const { ImageName } = await import("testcontainers");
  await engine.image.pull(ImageName.fromString(image));
}
