/** What holds after the applying of an undo was killed with SIGKILL, and a sweep was run: nobody is switched off twice, or without a record. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { approvePlans } from "../../lib/approval/index.ts";
import type { World } from "../world.ts";
import type { KillPoint } from "./crash-child.ts";
import { runKillable } from "./killable-run.ts";
import { changeCalls, stateOf, WORKFORCE } from "./known-world.ts";
import { afterSweep, idOf, JANE, OFF, planOf, planUndo, UNDO_POLICY } from "./undoing.ts";

/** Ids that the vendor was asked to switch off, as often as it was. */
const offs = (world: World) =>
  changeCalls(world).flatMap(({ body, user = "" }) => (JSON.stringify(body) === '{"mfaEnabled":false}' ? [user] : []));

const BOUNDARIES: readonly (KillPoint & { readonly says: string; readonly made: boolean })[] = [
  { says: "an undo is claimed", at: "claimed", nth: 2, made: false },
  { says: "an undo is made and its answer not read", at: "answered-PUT", nth: 2, made: true },
  { says: "an undo is read back", at: "read-back", nth: 2, made: true },
];

describe("the applying of an undo, killed when", () => {
  for (const { says, made, ...killAt } of BOUNDARIES)
    test(says, () =>
      afterSweep(async (world, run) => {
        const { run: undo } = await planUndo(world, { run });
        const { hash } = await planOf(world, undo);
        const applies = await approvePlans(world.ports(UNDO_POLICY), { run: undo, hash, origin: JANE });
        const order = { mode: "enforce", origin: JANE, applies } as const;
        assert.equal(await runKillable(world, UNDO_POLICY, { order, killAt }), undefined, "it was not killed");
        assert.equal((await runKillable(world, UNDO_POLICY, {}))?.status, "completed");

        const dead = (await world.ledger.listRuns(10)).find(({ applies: of }) => of === undo);
        assert.equal(dead?.status, "failed");
        const changes = (await Array.fromAsync(world.ledger.listChanges(dead.run, WORKFORCE))).flat();
        const sent = offs(world);
        assert.equal(new Set(sent).size, sent.length, "nobody is switched off twice");
        assert.ok(sent.length >= (made ? 2 : 1));
        for (const index of OFF) {
          const id = idOf(world, index);
          const isOff = world.vendor.find(id)?.mfaEnabled === false;
          const change = changes.find((one) => one.id === id);
          assert.equal(change?.outcome === "reverted", isOff, `${id}: ${change?.outcome} (${change?.why})`);
          const state = await stateOf(world, id);
          assert.deepEqual([state?.claim, state?.facts.enabled], [undefined, !isOff]);
          assert.equal(state?.judgement.verdict, isOff ? "violating" : "compliant");
        }
      }),
    );
});
