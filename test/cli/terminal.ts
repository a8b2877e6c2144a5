/** Runs the real command line on a terminal, as a person does who reads and answers. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { CHILD_ENVIRONMENT, until } from "../processes.ts";

const WARDEN = fileURLToPath(new URL("../../cli/warden.ts", import.meta.url));

function hasTerminal(): boolean {
  try {
    return /util-linux/.test(execFileSync("script", ["--version"], { encoding: "utf8" }));
  } catch {
    return false;
  }
}

/** Why a test that needs a terminal is skipped; `false`: it is not. */
export const NO_TERMINAL: string | false = hasTerminal()
  ? false
  : "there is no `script` of util-linux to make a terminal";

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** On a terminal of 80 columns that knows no colours. */
export function wardenOnTerminal(folder: string, ...args: string[]) {
  const command = [process.execPath, WARDEN, ...args].map(quote).join(" ");
  const child = spawn("script", ["-qec", command, "/dev/null"], {
    cwd: folder,
    // `npm test` names a folder of its own in INIT_CWD, from which paths would be meant.
    env: CHILD_ENVIRONMENT,
    stdio: ["pipe", "pipe", "inherit"],
  });
  let raw = "";
  let said = "";
  child.stdout.on("data", (data) => {
    raw += String(data);
    said += stripVTControlCharacters(String(data));
  });
  const see = (pattern: RegExp) =>
    until(
      () => pattern.test(said),
      () => `${pattern} in\n${said}`,
    );
  return {
    child,
    /** Since the last answer, without control characters. */
    said: () => said,
    /** All of it, as the terminal gets it. */
    raw: () => raw,
    see,
    async answer(question: RegExp, text: string): Promise<void> {
      await see(question);
      said = "";
      child.stdin.write(`${text}\n`);
    },
    /** Types Ctrl-C. */
    interrupt: () => child.stdin.write("\u0003"),
    ended: once(child, "close").then(([code]) => code as number | null),
  };
}
