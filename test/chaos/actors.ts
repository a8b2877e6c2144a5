/** The processes of one world: given work, killed, frozen and thawed, and started again. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { ActorOptions, Report, Task } from "./actor.ts";

const ACTOR = fileURLToPath(new URL("./actor.ts", import.meta.url));
const COMPILE_CACHE = fileURLToPath(new URL("../../node_modules/.cache/node", import.meta.url));

export interface Actor {
  readonly child: ChildProcess;
  /** Resolves when it is done with what it was told, or dead. */
  perform(task: Task): Promise<Report | undefined>;
  /** SIGKILL. */
  kill(): void;
  /** Stops it where it is, and lets it go on. */
  freeze(ms: number): void;
  end(): Promise<void>;
}

/** @param onRun told of every run that it begins */
export function startActor(options: ActorOptions, onRun: (run: string) => void): Actor {
  const child = fork(ACTOR, [JSON.stringify(options)], {
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: COMPILE_CACHE },
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let errors = "";
  child.stderr?.on("data", (chunk) => {
    errors = `${errors}${chunk}`.slice(-4_000);
  });
  const gone = once(child, "exit");
  let killed = false;
  let thaw: NodeJS.Timeout | undefined;
  child.on("message", (report: Report) => {
    if ("run" in report) onRun(report.run);
  });

  const nextReport = () =>
    new Promise<Report>((resolve) => {
      const listen = (report: Report): void => {
        if ("run" in report) return;
        child.off("message", listen);
        resolve(report);
      };
      child.on("message", listen);
    });

  return {
    child,
    async perform(task) {
      if (killed || child.exitCode !== null) return undefined;
      const report = nextReport();
      child.send(task, () => {});
      const ended = await Promise.race([report, gone.then(() => undefined)]);
      if (ended === undefined && !killed) return { broken: `the process ended by itself: ${errors}` };
      return ended;
    },
    kill() {
      killed = true;
      clearTimeout(thaw);
      child.kill("SIGKILL");
    },
    freeze(ms) {
      child.kill("SIGSTOP");
      thaw = setTimeout(() => child.kill("SIGCONT"), ms);
    },
    async end() {
      clearTimeout(thaw);
      killed = true;
      child.kill("SIGKILL");
      await gone;
    },
  };
}
