/** Lambda: sweeps one directory. The run invokes it, once for each. */
import { portsOf } from "./ports.ts";
import { sweepHandler } from "./workflows.ts";

export const handler = sweepHandler(portsOf(process.env));
