/** Exemptions as OSCAL risks: somebody accepted each, until a day. */

import type { Exemption } from "../../policy/index.ts";
import type { ReportRow } from "../data/model.ts";
import type { Population } from "./oscal-groups.ts";
import { markdown, prop, uuid } from "./oscal-words.ts";

export function risksOf(run: string, { exempt, exemptMore }: Population, exemptions: readonly Exemption[]) {
  const known = new Map(exemptions.map((exemption) => [exemption.id, exemption]));
  const risks = exempt.map((row) => riskOf(run, row, known.get(row.exemption ?? "")));
  return exemptMore === 0 ? risks : [...risks, remainder(run, exemptMore)];
}

function riskOf(run: string, row: ReportRow, exemption: Exemption | undefined) {
  const { directory, id, username, requirement = "none", rule = "no rule" } = row;
  const because = exemption ? ` Reason: ${markdown(exemption.reason)}.` : " Its entry in the policy is not at hand.";
  return {
    uuid: uuid(`${run}/risk/${directory}/${id}`),
    title: `Exempt from MFA: ${markdown(username)}`,
    description: `Account ${markdown(id)} of ${markdown(directory)} is exempt from rule ${markdown(rule)}.${because}`,
    statement: `The account does not meet the requirement (${markdown(requirement)}) while the exemption is in force.`,
    props: [
      prop("exemption", row.exemption ?? "not named"),
      ...(exemption?.approvedBy === undefined ? [] : [prop("approved-by", exemption.approvedBy)]),
      ...(exemption?.ticket === undefined ? [] : [prop("ticket", exemption.ticket)]),
      ...(exemption?.control === undefined ? [] : [prop("compensating-control", exemption.control)]),
    ],
    status: "deviation-approved",
    ...(exemption === undefined ? {} : { deadline: new Date(exemption.until).toISOString() }),
  };
}

const remainder = (run: string, more: number) => ({
  uuid: uuid(`${run}/risk/others`),
  title: `${more} more accounts are exempt from MFA`,
  description: "The tables name all of them.",
  statement: "The accounts do not meet the requirement while their exemptions are in force.",
  props: [prop("count", String(more))],
  status: "deviation-approved",
});
