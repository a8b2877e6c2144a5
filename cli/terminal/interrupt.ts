/** What happens on Ctrl-C and the other signals that ask a command to end: it says what it did, and exits as shells expect. */

import { constants } from "node:os";
import { errors } from "./output.ts";

export type StopSignal = "SIGINT" | "SIGTERM" | "SIGHUP";

const SIGNALS: readonly StopSignal[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/** Ends the work. Where it does not exit by itself, the process ends when nothing is left to do. */
type StopWork = (signal: StopSignal) => void | Promise<void>;

let stopWork: StopWork = (signal) => {
  errors.line("Stopped. It is safe to run the command again.");
  exitBy(signal);
};
let isStopping = false;

/** Called once. The second signal ends the process at once, whatever is under way. */
export function listenForSignals(): void {
  for (const name of SIGNALS)
    process.on(name, () => {
      if (isStopping) exitBy(name);
      isStopping = true;
      void Promise.resolve(stopWork(name)).catch(() => exitBy(name));
    });
}

/** From now on `stop` is what a signal does. */
export function onStop(stop: StopWork): void {
  stopWork = stop;
}

/** 130 for Ctrl-C: 128 and the number of the signal. */
export function exitBy(signal: StopSignal): never {
  process.exit(128 + constants.signals[signal]);
}
