/** Keeps secrets and records out of git. */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const LINES = ["secrets.json", ".mfa-warden/"];

/** Adds what `.gitignore` of the folder does not say yet; answers whether there was something to add. */
export function ignoreInGit(folder: string): boolean {
  const path = join(folder, ".gitignore");
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  const present = text.split(/\r?\n/).map((line) => line.trim().replace(/^\/|\/$/g, ""));
  const missing = LINES.filter((line) => !present.includes(line.replace(/\/$/, "")));
  if (missing.length === 0) return false;
  const start = text === "" || text.endsWith("\n") ? text : `${text}\n`;
  writeFileSync(path, `${start}${missing.join("\n")}\n`);
  return true;
}
