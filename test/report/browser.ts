/** A page in a real browser, without a network: how tests look at what was made. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import { pathToFileURL } from "node:url";
import axe from "axe-core";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

function findChromium(): string | undefined {
  const known = [process.env.CHROMIUM_PATH, "/usr/bin/chromium"].find((path) => path !== undefined && existsSync(path));
  if (known !== undefined) return known;
  try {
    return execFileSync("which", ["chromium"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return undefined;
  }
}

const executablePath = findChromium();
/** Why the tests of a page are skipped. */
export const skip = executablePath === undefined && "there is no Chromium; set CHROMIUM_PATH";

const folder = mkdtempSync(join(tmpdir(), "warden-page-"));
let browser: Browser | undefined;

before(async () => {
  if (executablePath !== undefined) browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
});
after(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

interface Opened {
  readonly tab: Page;
  /** Addresses that were asked for, the page's own apart. */
  readonly asked: readonly string[];
  readonly said: readonly string[];
}

/** Opens a page, shows it, and closes it. */
export async function open(
  text: string,
  options: BrowserContextOptions,
  look: (opened: Opened) => Promise<void>,
): Promise<void> {
  assert.ok(browser, "there is no Chromium; set CHROMIUM_PATH");
  const file = join(folder, "report.html");
  writeFileSync(file, text);
  const address = pathToFileURL(file).href;
  const context = await browser.newContext(options);
  const [asked, said]: [string[], string[]] = [[], []];
  try {
    const tab = await context.newPage();
    tab.on("request", (request) => request.url() !== address && asked.push(request.url()));
    tab.on("console", (message) => said.push(message.text()));
    tab.on("pageerror", (error) => said.push(error.message));
    await tab.goto(address);
    await look({ tab, asked, said });
  } finally {
    await context.close();
  }
}

export const DESKTOP = { width: 1280, height: 900 };
export const PHONE = { width: 390, height: 844 };

export const LOOKS: [string, BrowserContextOptions][] = [
  ["light", { viewport: DESKTOP, colorScheme: "light" }],
  ["dark", { viewport: DESKTOP, colorScheme: "dark" }],
  ["phone", { viewport: PHONE, colorScheme: "light", isMobile: true }],
  ["dark phone", { viewport: PHONE, colorScheme: "dark", isMobile: true }],
];

/** What axe-core finds wrong with a page whose every part is open: by rule, with the first places. */
export async function findBarriers(text: string, options: BrowserContextOptions): Promise<[string, string[]][]> {
  let barriers: [string, string[]][] = [];
  await open(text, { ...options, bypassCSP: true }, async ({ tab }) => {
    await tab.evaluate("for (const one of document.querySelectorAll('details')) one.open = true");
    await tab.evaluate(axe.source);
    const found: { violations: { id: string; nodes: { html: string }[] }[] } = await tab.evaluate("axe.run()");
    barriers = found.violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html).slice(0, 3)]);
  });
  return barriers;
}
