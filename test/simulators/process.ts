/** A simulator as a process of its own, started by a test. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";

interface Launched {
  /** What it said on its first line. */
  // biome-ignore lint/suspicious/noExplicitAny: fields are read freely, that they are there is what the tests are about
  readonly said: any;
  /** Ends as its parent would, and answers its exit code and signal. */
  end(): Promise<unknown[]>;
}

/** Starts a vendor's simulator; it is gone when the test ends. */
export async function launch(context: TestContext, vendor: string, args: readonly string[]): Promise<Launched> {
  const script = fileURLToPath(new URL(`../../simulators/${vendor}/index.ts`, import.meta.url));
  const child = spawn(process.execPath, [script, ...args, "--with-parent"], { stdio: ["pipe", "pipe", "inherit"] });
  context.after(() => child.kill("SIGKILL"));
  const [line] = await once(child.stdout, "data");
  const end = async () => {
    const gone = once(child, "exit");
    child.stdin.end();
    return gone;
  };
  return { said: JSON.parse(String(line)), end };
}
