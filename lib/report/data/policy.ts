/** The policy that a run was judged by, as the run kept it beside the evidence. */

import { WardenError } from "../../errors.ts";
import { sha256 } from "../../evidence/index.ts";
import type { Evidence } from "../../model/index.ts";
import { type Policy, readCompiled } from "../../policy/index.ts";

const policyKey = (hash: string): string => `policies/${hash}.json`;

/** `undefined` where it was not kept. Throws `ERR_EVIDENCE_ALTERED` when it is another one. */
export async function readRunPolicy(evidence: Pick<Evidence, "get">, hash: string): Promise<Policy | undefined> {
  const bytes = await evidence.get(policyKey(hash)).catch(absent);
  if (!bytes) return undefined;
  if (sha256(bytes) === hash) return readCompiled(JSON.parse(new TextDecoder().decode(bytes)));
  const message = `The policy ${policyKey(hash)} is not the one that the run was judged by; find out who changed it.`;
  throw new WardenError("ERR_EVIDENCE_ALTERED", message);
}

function absent(error: unknown): undefined {
  if (error instanceof WardenError && error.code === "ERR_EVIDENCE_UNAVAILABLE") return undefined;
  throw error;
}
