/** The commands that a page shows, run as its reader does: line by line, from an empty folder on. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { CHILD_ENVIRONMENT, type ProgramResult, runProgram } from "../processes.ts";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

interface ShownCommand {
  readonly line: string;
  /** What the comment behind it announces as "exit code N"; 0 without one. */
  readonly exit: number;
}

/** Every line of the page's `sh` blocks. */
export function commandsIn(page: string): ShownCommand[] {
  const text = readFileSync(join(ROOT, page), "utf8");
  const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, block = ""]) => block);
  return blocks
    .flatMap((block) => block.replaceAll("\\\n", "").split("\n"))
    .filter((line) => line.trim() !== "")
    .map((line) => ({ line, exit: Number(/#.*\bexit code (\d)/.exec(line)?.[1] ?? 0) }));
}

export interface Shell {
  /** Where the first command runs. */
  readonly folder: string;
  /** Of all commands so far. */
  readonly output: () => string;
  /** The folder stays what `cd` made of it for the next line. */
  run(line: string): Promise<ProgramResult>;
  remove(): void;
}

/** A shell in an empty folder that knows the word `warden`. */
export function openShell(): Shell {
  const place = realpathSync(mkdtempSync(join(tmpdir(), "warden-page-")));
  const [bin, folder, after] = [join(place, "bin"), join(place, "work"), join(place, "cwd")];
  for (const made of [bin, folder]) mkdirSync(made);
  const word = join(bin, "warden");
  writeFileSync(word, `#!/bin/sh\nexec "${process.execPath}" "${join(ROOT, "cli/warden.ts")}" "$@"\n`);
  chmodSync(word, 0o755);
  const env = { PATH: [bin, dirname(process.execPath), CHILD_ENVIRONMENT.PATH].join(delimiter) };
  let cwd = folder;
  let output = "";
  return {
    folder,
    output: () => output,
    async run(line) {
      const result = await runProgram("sh", ["-c", `${line}\ncode=$?\npwd > '${after}'\nexit $code`], { cwd, env });
      cwd = readFileSync(after, "utf8").trim();
      output += result.stdout;
      return result;
    },
    remove: () => rmSync(place, { recursive: true, force: true }),
  };
}
