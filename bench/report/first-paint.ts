/** How soon the report's page shows something in a browser. */
import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const REPETITIONS = 5;
const BROWSERS = [process.env.CHROMIUM_PATH, "/usr/bin/chromium", "/usr/bin/google-chrome"];

const FIRST_CONTENTFUL_PAINT = `new Promise((done) => new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (entry.name === "first-contentful-paint") done(entry.startTime);
}).observe({ type: "paint", buffered: true }))`;

/** Milliseconds to the first contentful paint, in a fresh headless browser each time; `undefined` without a browser. */
export async function measureFirstPaints(page: string): Promise<number[] | undefined> {
  const executablePath = BROWSERS.find((path) => path !== undefined && existsSync(path));
  if (executablePath === undefined) return undefined;
  const times: number[] = [];
  for (let i = 0; i < REPETITIONS; i++) times.push(await measureFirstPaint(executablePath, page));
  return times;
}

async function measureFirstPaint(executablePath: string, page: string): Promise<number> {
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  try {
    const tab = await browser.newPage();
    await tab.goto(pathToFileURL(page).href);
    return await tab.evaluate(FIRST_CONTENTFUL_PAINT);
  } finally {
    await browser.close();
  }
}
