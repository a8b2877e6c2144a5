/** CPU of other processes, where the system tells. */
import { readFileSync } from "node:fs";

const TICK_MS = 10;

/** CPU that a process has used so far, in ms; NaN where the system does not tell, which is everywhere but on Linux. */
export function readCpuMs(pid: number | undefined): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
    const [user, system] = fields.slice(11, 13);
    return (Number(user) + Number(system)) * TICK_MS;
  } catch {
    return Number.NaN;
  }
}
