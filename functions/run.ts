/** Lambda: one run over the policy's directories, started by a schedule or by hand. */
import { nameOf, portsOf } from "./ports.ts";
import { runHandler } from "./workflows.ts";

export const handler = runHandler(portsOf(process.env), nameOf(process.env, "MFA_WARDEN_SWEEP_FUNCTION"));
