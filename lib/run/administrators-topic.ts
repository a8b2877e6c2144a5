/** The topic `administrators`: those who violate their rule, and did not when they were last told of. */
import { isReadWhole } from "../model/index.ts";
import { countOf, type Finding, linesOf, type Topic } from "./finding.ts";

export const administratorsTopic: Topic = {
  tellsEnd: false,
  async find({ ledger }, { id: directory, status, violatingAdministrators: ids = [] }) {
    // Of a population that was not read whole nobody can say who is right by now.
    if (!isReadWhole(status)) return undefined;
    // As they are after the changes of this run.
    const states = await ledger.readStates(directory, ids, true);
    return ids.flatMap((id): Finding[] => {
      const { username = id, judgement } = states.get(id) ?? {};
      if (judgement?.verdict !== "violating") return [];
      return [{ fact: id, line: `${username} (${id}), rule ${judgement.rule ?? "unknown"}: ${judgement.why}` }];
    });
  },
  describe: (run, _, fresh) => ({
    subject: `MFA: ${countOf(fresh, "administrator")} newly violating`,
    found: `found administrators who violate their rule and did not before: ${countOf(fresh, "account")}.`,
    items: linesOf(fresh),
    commands: [{ label: "Look at it", command: `report --run ${run}` }],
  }),
};
