import { chromium, type Browser } from "playwright-core";

/** A browser of its own that talks to nobody. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env["LIFEBOAT_CHROMIUM"] ?? "/usr/bin/chromium",
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
