/** Which exemptions began and which ended between two runs, by the policies that these runs kept. */

import type { Evidence } from "../../model/index.ts";
import type { Exemption, Policy } from "../../policy/index.ts";
import type { Basis } from "./basis.ts";
import type { ReportData } from "./gather.ts";
import { readRunPolicy } from "./policy.ts";

export interface ExemptionChanges {
  readonly begun: readonly Exemption[];
  readonly ended: readonly Exemption[];
}

/** `undefined` where a policy of the two runs is not kept. Throws `ERR_EVIDENCE_ALTERED`. */
export async function findExemptionChanges(
  evidence: Evidence,
  previous: readonly Basis[],
  { swept, policy }: Pick<ReportData, "swept" | "policy">,
): Promise<ExemptionChanges | undefined> {
  const [begun, ended]: [Exemption[], Exemption[]] = [[], []];
  for (const { record, manifest } of previous) {
    const earlierPolicy = await readRunPolicy(evidence, manifest.policy);
    const now = swept.find((one) => one.record.id === record.id);
    if (!earlierPolicy || !policy || !now) return undefined;
    const before = exemptionsAt(earlierPolicy, record.id, manifest.startedAt);
    const after = exemptionsAt(policy, record.id, now.manifest.startedAt);
    begun.push(...after.filter(({ id }) => !before.some((one) => one.id === id)));
    ended.push(...before.filter(({ id }) => !after.some((one) => one.id === id)));
  }
  return { begun, ended };
}

/** In force at the moment at which a run began. */
const exemptionsAt = (policy: Policy, directory: string, at: string): Exemption[] =>
  policy.exemptions.filter(
    (one) => one.directory === directory && one.from <= Date.parse(at) && Date.parse(at) < one.until,
  );
