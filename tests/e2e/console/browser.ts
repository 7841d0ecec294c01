import { existsSync } from "node:fs";
import { describe, type Suite } from "mocha";
import { type Browser, chromium, type Page } from "playwright-core";

/** Debian's Chromium, or the one that `CHROMIUM` names. */
export const CHROMIUM = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(
  (path): path is string => path !== undefined && existsSync(path),
);

/** Tests in a browser: none are registered where there is no Chromium, since Mocha refuses tests that it would have to skip. */
export function describeInBrowser(title: string, body: (this: Suite) => void): void {
  if (CHROMIUM === undefined) process.stderr.write(`${title}: not run, there is no Chromium\n`);
  else describe(title, body);
}

/** Chromium's sandbox needs a user other than root, and namespaces that containers lack. The pages are this hub's own. */
export const launch = (): Promise<Browser> =>
  chromium.launch({ executablePath: CHROMIUM ?? "", args: ["--no-sandbox", "--disable-dev-shm-usage"] });

/** A page whose script errors, refused loads and dialogs are collected: there should be none. */
export async function openPage(
  browser: Browser,
  options: { readonly width?: number; readonly height?: number; readonly theme?: "light" | "dark" } = {},
): Promise<{ readonly page: Page; readonly problems: string[] }> {
  const { width = 1_360, height = 860, theme = "light" } = options;
  const page = await browser.newPage({ viewport: { width, height }, colorScheme: theme });
  page.setDefaultTimeout(60_000);
  const problems: string[] = [];
  page.on("pageerror", ({ message }) => problems.push(message));
  // A read that answers 404 while the ledger has not recorded a request is no fault of the page.
  page.on("console", (message) => {
    if (message.type() === "error" && !/status of 404/.test(message.text())) problems.push(message.text());
  });
  page.on("dialog", (dialog) => {
    problems.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  return { page, problems };
}
