/** A directory that points at another tenant, or lists other people, under the same id: nothing is changed until a person accepts it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { opener } from "../../functions/compose-ports.ts";
import { hashPolicy } from "../../lib/policy/schema.ts";
import { startPingOne } from "../../simulators/pingone/index.ts";
import { compile, directoryYaml, EVERYONE } from "../world.ts";
import { changeCalls, codesOf, inKnownWorld, problemsOf, WORKFORCE } from "./known-world.ts";

const tester = { by: "tester", how: "test" };

test("the directory points at another tenant of the same size: incomplete, nothing changed, until it is accepted", () =>
  inKnownWorld(
    async (world) => {
      await world.sweep("plan");
      const other = await startPingOne({ accounts: 30, seed: 7, mfaEnabledShare: 0 });
      try {
        const policy = compile(`version: 1\ndirectories:${directoryYaml(other)}\n${EVERYONE}`);
        const secrets = { read: async () => ({ value: other.credentials, version: "1" }) };
        const ports = { policy, policyHash: hashPolicy(policy), open: opener(policy, secrets, fetch, Date.now) };
        const { only, run } = await world.sweep("enforce", EVERYONE, ports);
        assert.deepEqual([only.status, only.read], ["incomplete", 30]);
        assert.deepEqual(codesOf(only), ["ERR_READ_SOURCE", "ERR_READ_SOURCE"]);
        assert.match(
          problemsOf(only)[0]?.message ?? "",
          new RegExp(`${other.environment}.*${world.vendor.environment}`),
        );
        assert.equal(changeCalls({ ...world, vendor: other }).length, 0);
        await world.ledger.acceptBaseline(WORKFORCE, { run, read: 30 }, tester, "moved to another tenant");
        const accepted = await world.sweep("plan", EVERYONE, ports);
        assert.deepEqual([accepted.status, accepted.only.departed], ["completed", 30]);
      } finally {
        await other.close();
      }
    },
    { accounts: 30 },
  ));

test("of 30 accounts 16 are others: incomplete; of 30 accounts 15 are others: complete", () =>
  inKnownWorld(
    async (world) => {
      await world.sweep("plan");
      const replace = (id: string) => {
        world.vendor.leave(id);
        return world.vendor.join({ mfaEnabled: true }).id;
      };
      const numbers = Array.from({ length: 30 }, (_, index) => index);
      const [first = "", ...joined] = numbers.slice(0, 15).map((number) => replace(world.vendor.account(number).id));
      const half = await world.sweep("plan");
      assert.deepEqual([half.status, codesOf(half.only), joined.length], ["completed", [], 14]);
      for (const number of numbers.slice(15)) replace(world.vendor.account(number).id);
      replace(first);
      const { only } = await world.sweep("plan");
      assert.deepEqual([only.status, codesOf(only)], ["incomplete", ["ERR_READ_SOURCE"]]);
    },
    { accounts: 30, off: [] },
  ));
