/**
 * What the population says of NIST's controls: satisfied only where every account that counts proves it, and only an objective of
 * our own, which is as wide as the evidence. No control as a whole is called satisfied: nobody here has watched a sign-in.
 */

import { controlsSupportedBy, type FrameworkControl, frameworks } from "../controls/index.ts";
import type { ReportHead } from "../data/index.ts";
import { incompleteWarning } from "./notices.ts";
import type { Population, RuleGroup } from "./oscal-population.ts";
import { stableUuid, unlessEmpty } from "./oscal-values.ts";

const NIST = "NIST SP 800-53";
const nist = frameworks.find(({ framework }) => framework === NIST)?.controls ?? [];

/** `IA-2(1)` as NIST's OSCAL catalogue calls it: `ia-2.1`; a letter behind it is a part of the control's statement. */
function catalogId(id: string): string {
  const [, control = id, enhancement] = /^([A-Z]{2}-\d+)(?:\((\d+)\))?/.exec(id) ?? [];
  return control.toLowerCase() + (enhancement === undefined ? "" : `.${enhancement}`);
}

/** The controls that the requirements of this run's rules support, and those that the record of any run does. */
export function reviewedControls({ groups }: Population) {
  const support = new Set<string>(["record", ...groups.map(({ requirement }) => requirement)]);
  const supported = nist.filter(({ needs }) => needs.some((need) => support.has(need)));
  const ids = [...new Set(supported.map(({ id }) => catalogId(id)))];
  return {
    "control-selections": [
      {
        description: "NIST SP 800-53 Revision 5: the controls on which the evidence of this run bears.",
        "include-controls": ids.map((id) => ({ "control-id": id })),
      },
    ],
  };
}

/** Ids of the controls that some of the population proves at least in part. */
const provenControls = ({ groups }: Population): string[] => [
  ...new Set(groups.flatMap(({ requirement }) => controlsProvenBy(requirement).map(({ id }) => id))),
];

/** A finding a control: true or false of an objective that the document itself defines. */
export const findingsOf = (head: ReportHead, population: Population, risks: readonly { readonly uuid: string }[]) =>
  provenControls(population).map((id) => findingOf(head, id, population.groups, risks));

const objectiveId = (id: string): string => `${catalogId(id)}_obj.mfa-warden`;

/** The part of each control that the evidence can show. */
export const objectivesOf = (population: Population) =>
  provenControls(population).map((id) => ({
    "control-id": catalogId(id),
    parts: [
      {
        id: objectiveId(id),
        name: "assessment-objective",
        prose:
          `Each account that the policy binds shows this part of ${id}. ${controlOf(id, population.groups)?.rationale ?? ""}`.trim(),
      },
    ],
  }));

const controlOf = (id: string, groups: readonly RuleGroup[]): FrameworkControl | undefined =>
  groups.flatMap(({ requirement }) => controlsProvenBy(requirement)).find((one) => one.id === id);

const controlsProvenBy = (requirement: string): readonly FrameworkControl[] =>
  controlsSupportedBy(requirement).filter(
    ({ standard, coverage }) => standard.startsWith(NIST) && coverage !== "supporting",
  );

function findingOf(
  head: ReportHead,
  id: string,
  groups: readonly RuleGroup[],
  risks: readonly { readonly uuid: string }[],
) {
  const { run } = head;
  const bearing = groups.filter(({ requirement }) =>
    controlsSupportedBy(requirement).some((control) => control.id === id),
  );
  const counts = countAccounts(id, groups);
  const complete = incompleteWarning(head) === undefined;
  const satisfied = complete && counts.proved > 0 && counts.failed + counts.unproved === 0;
  const control = controlOf(id, groups);
  return {
    uuid: stableUuid(`${run}/finding/${id}`),
    title: `${NIST} ${id}, as far as accounts show it`,
    description:
      `Coverage: ${control?.coverage ?? "partial"}, not the whole control. ${control?.rationale ?? ""}`.trim(),
    target: {
      type: "objective-id",
      "target-id": objectiveId(id),
      status: {
        state: satisfied ? "satisfied" : "not-satisfied",
        reason: satisfied ? "pass" : counts.failed > 0 ? "fail" : "other",
        remarks: remarksOf(counts, complete),
      },
    },
    "related-observations": bearing.map((group) => ({ "observation-uuid": group.uuid(run) })),
    "related-risks": unlessEmpty(risks.map(({ uuid: risk }) => ({ "risk-uuid": risk }))),
  };
}

interface AccountCounts {
  proved: number;
  failed: number;
  /** Not assessed, or judged by a requirement that proves too little, or by none. */
  unproved: number;
  excluded: number;
}

/** Profiles are no accounts: they stand in for none. */
function countAccounts(id: string, groups: readonly RuleGroup[]): AccountCounts {
  const counts: AccountCounts = { proved: 0, failed: 0, unproved: 0, excluded: 0 };
  for (const { requirement, verdicts } of groups.filter((group) => group.requirement !== "profile")) {
    const proves = controlsProvenBy(requirement).some((control) => control.id === id);
    counts[proves ? "proved" : "unproved"] += verdicts.compliant;
    counts.failed += verdicts.violating + verdicts.pending + verdicts.grace + verdicts.exempt;
    counts.unproved += verdicts.unknown;
    counts.excluded += verdicts["out-of-scope"];
  }
  return counts;
}

const remarksOf = ({ proved, failed, unproved, excluded }: AccountCounts, complete: boolean): string =>
  [
    ...(complete ? [] : ["The run is incomplete: accounts may be missing from these counts."]),
    `${proved} accounts prove it as far as this tool can test it, ${failed} do not meet their requirement (exempt and not`,
    `yet due among them), of ${unproved} it is not shown, ${excluded} are out of the policy's scope.`,
  ].join(" ");
