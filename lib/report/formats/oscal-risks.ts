/** Exemptions as OSCAL risks: somebody accepted each, until a day. */

import type { Exemption } from "../../policy/index.ts";
import type { ReportRow } from "../data/index.ts";
import type { Population } from "./oscal-population.ts";
import { escapeMarkdown, property, stableUuid } from "./oscal-values.ts";

export function risksOf(run: string, { exempt, unlistedExempt }: Population, exemptions: readonly Exemption[]) {
  const known = new Map(exemptions.map((exemption) => [exemption.id, exemption]));
  const risks = exempt.map((row) => riskOf(run, row, known.get(row.exemption ?? "")));
  return unlistedExempt === 0 ? risks : [...risks, remainder(run, unlistedExempt)];
}

function riskOf(run: string, row: ReportRow, exemption: Exemption | undefined) {
  const { directory, id, username, requirement = "none", rule = "no rule" } = row;
  const because = exemption
    ? ` Reason: ${escapeMarkdown(exemption.reason)}.`
    : " Its entry in the policy is not at hand.";
  return {
    uuid: stableUuid(`${run}/risk/${directory}/${id}`),
    title: `Exempt from MFA: ${escapeMarkdown(username)}`,
    description: `Account ${escapeMarkdown(id)} of ${escapeMarkdown(directory)} is exempt from rule ${escapeMarkdown(rule)}.${because}`,
    statement: `The account does not meet the requirement (${escapeMarkdown(requirement)}) while the exemption is in force.`,
    props: [
      property("exemption", row.exemption ?? "not named"),
      ...(exemption?.approvedBy === undefined ? [] : [property("approved-by", exemption.approvedBy)]),
      ...(exemption?.owner === undefined ? [] : [property("owner", exemption.owner)]),
      ...(exemption?.ticket === undefined ? [] : [property("ticket", exemption.ticket)]),
      ...(exemption?.control === undefined ? [] : [property("compensating-control", exemption.control)]),
    ],
    status: "deviation-approved",
    deadline: exemption && new Date(exemption.until).toISOString(),
  };
}

const remainder = (run: string, more: number) => ({
  uuid: stableUuid(`${run}/risk/others`),
  title: `${more} more accounts are exempt from MFA`,
  description: "The tables name all of them.",
  statement: "The accounts do not meet the requirement while their exemptions are in force.",
  props: [property("count", String(more))],
  status: "deviation-approved",
});
