/** The right to change one subject, and what came of it. */
import { createHash } from "node:crypto";
import { mapConcurrently } from "../concurrency.ts";
import type { Change, ChangeResult, Claim, HistoryEvent, Ledger, Observation, SubjectState } from "../model/index.ts";
import { archive, eventOf, observed, readState, replaceState, stateKey, stateOf } from "./states.ts";
import { type Item, iso, type Key, keyPart, type LedgerContext, retryOnConflict } from "./table.ts";

const TRIES = 5;
const WRITES_AT_ONCE = 64;

const changeKey = ({ run, directory, id }: Pick<Change, "run" | "directory" | "id">): Key => ({
  pk: `RUN#${run}`,
  sk: `CHANGE#${directory}#${keyPart(id)}`,
});

const hourKey = (directory: string, hour: string) => `EVENTS#${directory}#${hour}`;

/** Listed by the hour in which it is written. @param since when it began: with the change it names the item, so that twice is once */
function listed(change: Change, result: ChangeResult, since: string, at: string): Item {
  const digest = createHash("sha256").update(JSON.stringify([change.run, change.id, result.outcome]));
  return {
    pk: hourKey(change.directory, at.slice(0, 13)),
    sk: `${since}#${digest.digest("base64url")}`,
    change: { ...change, ...kept(result), at },
  };
}

/** Nothing of a foreign object that happens to be a result as well. */
const told = ({ outcome, why, detail }: ChangeResult) => ({ outcome, why, ...(detail ? { detail } : {}) });
const kept = (result: ChangeResult): ChangeResult => ({
  ...told(result),
  ...(Object.keys(result.learned ?? {}).length > 0 ? { learned: result.learned } : {}),
});

/** Where somebody has looked later, what they saw stands. */
function newest(state: SubjectState, observation: Observation): Observation {
  const { judgement, facts, observedAt, username } = state;
  if (observedAt <= observation.observedAt) return observation;
  return { ...observation, judgement, facts, observedAt, subject: { ...observation.subject, username } };
}

/** Planned changes, claims and outcomes. */
export function claims(
  needs: LedgerContext,
): Pick<
  Ledger,
  | "planChanges"
  | "listChanges"
  | "claimSubject"
  | "takeOverClaim"
  | "completeClaim"
  | "refuseChange"
  | "markPublished"
  | "listEventChanges"
> {
  const { table, clock, pause } = needs;

  async function take(directory: string, id: string, claim: Claim, when: string, values: object) {
    const item = await table.update(stateKey(directory, id), {
      set: ["#claim = :claim"],
      when: `attribute_exists(pk) AND (${when})`,
      values: { claim, ...values },
    });
    return item && stateOf(item);
  }

  const dismiss: Ledger["refuseChange"] = async (change, result) => {
    const values = { ...kept(result), at: iso(clock()) };
    await table.update(changeKey(change), {
      set: Object.keys(values).map((name) => `#change.#${name} = :${name}`),
      when: "attribute_exists(pk) AND attribute_not_exists(#change.#outcome)",
      values,
    });
  };

  const list = async (change: Change, result: ChangeResult, since: string) => {
    await table.put(listed(change, result, since, iso(clock())));
  };

  async function enforceStaged(change: Change, why: string) {
    await table.update(changeKey(change), {
      set: ["#change.#outcome = :enforced", "#change.#why = :why", "#change.#at = :at"],
      when: "#change.#outcome = :staged",
      values: { enforced: "enforced", staged: "staged", why, at: iso(clock()) },
    });
  }

  /** The claim is somebody else's: the outcome only joins the history, once a run. A password once refused stays so. */
  async function recordLate(
    { directory, subject }: Observation,
    event: HistoryEvent,
    learned: ChangeResult["learned"],
  ) {
    const { pk } = stateKey(directory, subject.id);
    const items = (await Array.fromAsync(table.query({}, "pk = :pk", { pk }))).flat();
    const events: HistoryEvent[] = items.map((item) => item.event ?? item.state.event);
    if (!events.some(({ kind, run }) => kind === "outcome" && run === event.run))
      await archive(needs, directory, subject.id, event);
    const refused = learned?.refusedSecret;
    if (refused === undefined) return;
    const set = { set: ["#state.#refusedSecret = :refused"], when: "attribute_exists(pk)", values: { refused } };
    await table.update({ pk, sk: "STATE" }, set);
  }

  return {
    async planChanges(changes) {
      const last = new Map(changes.map((change) => [JSON.stringify(changeKey(change)), change]));
      const planned = await mapConcurrently([...last.values()], WRITES_AT_ONCE, (change) =>
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

    async *listChanges(run, directory, after) {
      const first = `CHANGE#${directory}#`;
      const from = after === undefined ? first : `${changeKey({ run, directory, id: after }).sk}\0`;
      // "$" follows "#": the end of this directory's changes.
      const values = { pk: `RUN#${run}`, from, to: `CHANGE#${directory}$` };
      for await (const page of table.query({}, "pk = :pk AND sk BETWEEN :from AND :to", values))
        yield page.map((item): Change => item.change);
    },

    claimSubject: (directory, id, claim) =>
      take(directory, id, claim, "attribute_not_exists(#claim) OR #claim.#by = :by", { by: claim.by }),

    // The second half is this very call, come twice because its first answer was lost.
    takeOverClaim: (directory, id, dead, claim) =>
      take(
        directory,
        id,
        claim,
        "(#claim.#by = :deadBy AND #claim.#at = :deadAt) OR (#claim.#by = :by AND #claim.#at = :at)",
        { deadBy: dead.by, deadAt: dead.at, by: claim.by, at: claim.at },
      ),

    async completeClaim(claim, observation, result, change) {
      if (change?.unplanned) await list(change, result, claim.since ?? claim.at);
      else if (change) await dismiss(change, result);
      const { directory, subject } = observation;
      await retryOnConflict(pause, TRIES, async () => {
        const stored = await readState(needs, directory, subject.id);
        const ours = stored?.claim?.by === claim.by;
        const seen = ours ? newest(stored, observation) : observation;
        const event = {
          ...eventOf(needs, "outcome", stored, seen, iso(clock())),
          ...kept(result),
          before: claim.before,
        };
        if (!stored || !ours) {
          await recordLate(observation, event, result.learned);
          return true;
        }
        await archive(needs, directory, subject.id, stored.event);
        return (
          (await replaceState(needs, stored, observed(stored, seen, event, result.learned), claim.by)) || undefined
        );
      });
    },

    refuseChange: dismiss,

    async markPublished(change, observation, why) {
      const result = { outcome: "enforced", why } as const;
      const { directory, subject } = observation;
      const { written } = change.learned ?? {};
      if (change.unplanned) await list(change, result, observation.observedAt);
      else await enforceStaged(change, why);
      await retryOnConflict(pause, TRIES, async () => {
        const stored = await readState(needs, directory, subject.id);
        if (!written || !stored?.written || stored.written.live || stored.written.version !== written.version)
          return true;
        const seen = newest(stored, observation);
        const event = { ...eventOf(needs, "outcome", stored, seen, iso(clock())), ...result, before: change.before };
        await archive(needs, directory, subject.id, stored.event);
        const next = observed(stored, seen, event, { written: { ...written, live: true } });
        return (await replaceState(needs, stored, next)) || undefined;
      });
    },

    async *listEventChanges(directory, hour) {
      const values = { pk: hourKey(directory, hour) };
      for await (const page of table.query({}, "pk = :pk", values)) yield page.map((item): Change => item.change);
    },
  };
}
