import { messageOf } from "../base/errors.ts";
import type { BundleView, Renderer } from "./view.ts";

/** A renderer that throws leaves its reason in place of the report; the evidence is sealed, and verified, all the same. */
export function rendered(renderer: Renderer, view: BundleView): string {
  try {
    return renderer.render(view);
  } catch (error) {
    return `${renderer.file} could not be rendered: ${messageOf(error).replaceAll(/[<>&]/g, " ")}\n`;
  }
}
