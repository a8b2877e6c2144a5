/** The right to change one subject, and what came of it. */
import type { Change, Claim, HistoryEvent, Ledger, Observation, State } from "../model.ts";
import { pooled } from "../pool.ts";
import { archive, eventOf, observed, readState, replaceState, stateKey, stateOf } from "./states.ts";
import { contend, iso, type Key, keyPart, type Needs } from "./table.ts";

const TRIES = 5;
const WRITES_AT_ONCE = 64;

const changeKey = ({ run, directory, id }: Pick<Change, "run" | "directory" | "id">): Key => ({
  pk: `RUN#${run}`,
  sk: `CHANGE#${directory}#${keyPart(id)}`,
});

/** Planned changes, claims and outcomes. */
export function claims(needs: Needs): Pick<Ledger, "plan" | "changes" | "claim" | "inherit" | "record" | "dismiss"> {
  const { table, clock, pause } = needs;

  async function take(directory: string, id: string, claim: Claim, when: string, values: object) {
    const item = await table.update(stateKey(directory, id), {
      set: ["#claim = :claim"],
      when: `attribute_exists(pk) AND (${when})`,
      values: { claim, ...values },
    });
    return item && stateOf(item);
  }

  const dismiss: Ledger["dismiss"] = async (change, { outcome, why }) => {
    await table.update(changeKey(change), {
      set: ["#change.#outcome = :outcome", "#change.#why = :why", "#change.#at = :at"],
      when: "attribute_exists(pk) AND attribute_not_exists(#change.#outcome)",
      values: { outcome, why, at: iso(clock()) },
    });
  };

  /** The state has moved on without us: the outcome only joins the history, once a run. */
  async function recordLate(
    stored: State | undefined,
    claim: Claim,
    { directory, subject }: Observation,
    event: HistoryEvent,
  ) {
    const { pk } = stateKey(directory, subject.id);
    const items = (await Array.fromAsync(table.query({}, "pk = :pk", { pk }))).flat();
    const told: HistoryEvent[] = items.map((item) => item.event ?? item.state.event);
    if (!told.some(({ kind, run }) => kind === "outcome" && run === event.run))
      await archive(needs, directory, subject.id, event);
    if (stored?.claim?.by !== claim.by) return;
    const { by } = claim;
    await table.update({ pk, sk: "STATE" }, { remove: ["#claim"], when: "#claim.#by = :by", values: { by } });
  }

  return {
    async plan(changes) {
      const last = new Map(changes.map((change) => [JSON.stringify(changeKey(change)), change]));
      const planned = await pooled([...last.values()], WRITES_AT_ONCE, (change) =>
        table.put(
          { ...changeKey(change), change },
          {
            // What was foreseen has its outcome from the start.
            when: "attribute_not_exists(pk) OR (#change.#step = :step AND (attribute_not_exists(#change.#outcome) OR attribute_exists(#change.#foreseen)))",
            values: { step: change.step },
          },
        ),
      );
      return planned.filter(Boolean).length;
    },

    async *changes(run, directory, after) {
      const first = `CHANGE#${directory}#`;
      const from = after === undefined ? first : `${changeKey({ run, directory, id: after }).sk}\0`;
      // "$" follows "#": the end of this directory's changes.
      const values = { pk: `RUN#${run}`, from, to: `CHANGE#${directory}$` };
      for await (const page of table.query({}, "pk = :pk AND sk BETWEEN :from AND :to", values))
        yield page.map((item): Change => item.change);
    },

    claim: (directory, id, claim) =>
      take(directory, id, claim, "attribute_not_exists(#claim) OR #claim.#by = :by", { by: claim.by }),

    // The second half is this very call, come twice because its first answer was lost.
    inherit: (directory, id, dead, claim) =>
      take(
        directory,
        id,
        claim,
        "(#claim.#by = :deadBy AND #claim.#at = :deadAt) OR (#claim.#by = :by AND #claim.#at = :at)",
        { deadBy: dead.by, deadAt: dead.at, by: claim.by, at: claim.at },
      ),

    async record(claim, observation, { outcome, why }, change) {
      if (change) await dismiss(change, { outcome, why });
      const { directory, subject, observedAt } = observation;
      await contend(pause, TRIES, async () => {
        const stored = await readState(needs, directory, subject.id);
        const seen = eventOf(needs, "outcome", stored, observation, iso(clock()));
        const event = { ...seen, why, outcome, before: claim.before };
        if (stored?.claim?.by !== claim.by || stored.observedAt > observedAt) {
          await recordLate(stored, claim, observation, event);
          return true;
        }
        await archive(needs, directory, subject.id, stored.event);
        return (await replaceState(needs, stored, observed(stored, observation, event), claim.by)) || undefined;
      });
    },

    dismiss,
  };
}
