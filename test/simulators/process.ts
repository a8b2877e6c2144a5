/** A simulator as a process of its own, started by a test. */
import { once } from "node:events";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { startNode } from "../processes.ts";

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
  const { child, line } = startNode([script, ...args, "--with-parent"]);
  context.after(() => child.kill("SIGKILL"));
  return {
    said: JSON.parse(await line(/./)),
    async end() {
      const exited = once(child, "exit");
      child.stdin.end();
      return exited;
    },
  };
}
