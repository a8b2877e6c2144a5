/** The topic `exemptions`: those that end soon, and those that have ended. */
import { type Exemption, endedExemptions, endingExemptions } from "../policy/index.ts";
import { countOf, type Finding, linesOf, type Topic } from "./finding.ts";

export const exemptionsTopic: Topic = {
  tellsEnd: false,
  async find({ policy, clock }, { id }) {
    const now = clock();
    const ending = endingExemptions(policy, id, now, policy.notify?.exemptions?.beforeMs);
    return [
      ...endedExemptions(policy, id, now).map((one) => findingOf(one, "ended")),
      ...ending.map((one) => findingOf(one, "ends")),
    ];
  },
  describe: (run, _, fresh) => ({
    subject: `MFA: ${countOf(fresh, "exemption")} ending or ended`,
    found:
      "found exemptions that end soon or have ended. From then on the accounts are judged and changed as all others.",
    items: linesOf(fresh),
    commands: [{ label: "Look at it", command: `report --run ${run}` }],
  }),
};

/** Whoever prolongs one is told of the new end in its time. */
function findingOf({ id, account, username, until, reason, ticket, owner }: Exemption, what: string): Finding {
  const end = new Date(until).toISOString();
  const about = [
    username === undefined ? account : `${username} (${account})`,
    `${what} ${end}`,
    reason,
    ticket,
    owner === undefined ? undefined : `owner ${owner}`,
  ];
  return { fact: `${what} ${id} ${end}`, line: about.filter((part) => part !== undefined).join(", ") };
}
