/** Seals on a laptop what events changed in the hours that are over, as the function does in AWS. */

import { problemOf } from "../../lib/errors.ts";
import { type SealPorts, sealEvents } from "../../lib/evidence/index.ts";
import { errors } from "../terminal/output.ts";

/** What goes wrong is said, and stops nobody: the next time catches up. */
export async function sealHere(ports: SealPorts, signal: AbortSignal): Promise<void> {
  const problems = await sealEvents(ports, signal).then(
    ({ problems }) => problems,
    (error: unknown) => (signal.aborted ? [] : [problemOf(error)]),
  );
  for (const { code, message } of problems)
    errors.line(`The record of what events changed could not be sealed: ${message} (${code})`);
}

const HOUR_MS = 3_600_000;

/** Now, every hour, and once more by calling what it answers. */
export async function sealHourly(ports: SealPorts): Promise<() => Promise<void>> {
  const { signal } = new AbortController();
  let last = sealHere(ports, signal);
  const again = () => {
    last = last.then(() => sealHere(ports, signal));
    return last;
  };
  await last;
  const timer = setInterval(again, HOUR_MS);
  return () => {
    clearInterval(timer);
    return again();
  };
}
