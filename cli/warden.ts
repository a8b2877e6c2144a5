/** The command line. `warden --help` lists the commands; each exits as the README says. */

import { Console } from "node:console";
import { enterCallersFolder, isolateEnvironment, requireNode } from "./environment.ts";
import { listenForSignals } from "./terminal/interrupt.ts";
import { reportError } from "./terminal/report-error.ts";

// The durable engine logs to the console; standard output is for results alone.
globalThis.console = new Console(process.stderr, process.stderr);
process.stdout.on("error", () => process.exit());
process.stderr.on("error", () => {});
process.on("uncaughtException", (error) => process.exit(reportError(error)));
listenForSignals();
try {
  requireNode(process.versions.node);
  enterCallersFolder();
  isolateEnvironment(process.argv.includes("--aws"));
  // Not before: what it loads reads its variables at once.
  const { program } = await import("./program.ts");
  await program().parseAsync();
} catch (error) {
  process.exitCode = reportError(error);
}
