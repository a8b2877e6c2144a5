/** What a team is told of a directory: administrators who newly violate, exemptions that end, accounts that somebody changes back. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { messageRechecker } from "../../lib/recheck/index.ts";
import { eventMessage, queueOf, signal } from "../recheck/events.ts";
import { inKnownWorld, passTime, WORKFORCE } from "../sweep/known-world.ts";
import type { World } from "../world.ts";
import { teamMailbox } from "./team-mailbox.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const ADMINISTRATOR = 3;
const RULES = "rules: [{ name: everyone, match: all, require: enabled }]\n";
const tell = (topic: string, more = "") => `notify:
  receivers: { iam: { by: slack } }
  ${topic}: { to: [iam]${more} }
`;

function toldBy(world: World, yaml: string) {
  const mail = teamMailbox(["iam"]);
  /** The lines of the one message of this run; none for no message. */
  return async (mode: "plan" | "enforce" = "plan"): Promise<readonly string[]> => {
    await world.sweep(mode, yaml, { receivers: mail.receivers } as object);
    const messages = mail.take("iam");
    assert.ok(messages.length <= 1);
    return messages[0]?.parts.items ?? [];
  };
}

describe("administrators", () => {
  const switchTo = ({ vendor }: World, mfaEnabled: boolean, index = ADMINISTRATOR) =>
    vendor.change(vendor.account(index).id, { mfaEnabled });
  const byGroup = ({ vendor }: World) => {
    for (let i = 0; i < 20; i++) vendor.change(vendor.account(i).id, { groups: [] });
    const [group] = vendor.groups;
    vendor.change(vendor.account(ADMINISTRATOR).id, { groups: [group?.id ?? ""] });
    return `administrators: [{ group: ${WORKFORCE}/${group?.id} }]\n`;
  };

  test("who newly violate are told once, and again when they did not in between; nobody else is", () =>
    inKnownWorld(
      async (world) => {
        const told = toldBy(world, RULES + byGroup(world) + tell("administrators"));
        const { id, username } = world.vendor.account(ADMINISTRATOR);
        const lines = await told();
        assert.equal(lines.length, 1);
        assert.ok(lines[0]?.startsWith(`${WORKFORCE}: ${username} (${id}), rule everyone: `), lines[0]);
        assert.deepEqual(await told(), []);
        switchTo(world, true);
        assert.deepEqual(await told(), []);
        switchTo(world, false);
        assert.equal((await told()).length, 1);
      },
      { off: [ADMINISTRATOR, 4, 5] },
    ));

  test("are found where the directory is only observed, too", () =>
    inKnownWorld(
      async (world) => {
        const policy = RULES + byGroup(world) + tell("administrators");
        const ports = world.ports(policy);
        const observed = {
          ...ports.policy,
          directories: ports.policy.directories.map((one) => ({ ...one, mode: "observe" as const })),
        };
        const mail = teamMailbox(["iam"]);
        await world.sweep("plan", policy, { policy: observed, receivers: mail.receivers } as object);
        assert.equal(mail.take("iam")[0]?.parts.items.length, 1);
      },
      { off: [ADMINISTRATOR, 4] },
    ));

  test("whom the run itself put right are told to nobody", () =>
    inKnownWorld(
      async (world) => {
        const told = toldBy(world, RULES + byGroup(world) + tell("administrators"));
        assert.deepEqual(await told("enforce"), []);
      },
      { off: [ADMINISTRATOR] },
    ));

  test("of a population that was not read whole nothing is concluded", () =>
    inKnownWorld(
      async (world) => {
        const told = toldBy(world, RULES + byGroup(world) + tell("administrators"));
        assert.equal((await told()).length, 1);
        world.vendor.setFault({ kind: "lost-page", on: "users", nth: 2 });
        assert.deepEqual(await told(), []);
        world.vendor.clearFaults();
        assert.deepEqual(await told(), [], "nobody was right in between");
      },
      { off: [ADMINISTRATOR], pageSize: 5 },
    ));
});

test("an exemption is told before it ends, once, and once more when it has ended", () =>
  inKnownWorld(
    async (world) => {
      const dayIn = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);
      const { id, username } = world.vendor.account(5);
      const exemption = (days: number, number: number) =>
        `  - { account: { id: ${WORKFORCE}/${world.vendor.account(number).id} }, reason: Key on order, ticket: SEC-1, approvedBy: ciso@example.com, control: Office only, owner: iam@example.com, from: ${dayIn(-1)}, until: ${dayIn(days)} }\n`;
      const yaml = `${RULES}exemptions:\n${exemption(10, 5)}${exemption(60, 6)}${tell("exemptions", ", before: 12d")}`;
      const told = toldBy(world, yaml.replace(`/${id} }`, `/${id}, username: ${username} }`));
      const [line = "", ...more] = await told();
      assert.deepEqual(more, []);
      assert.ok(line.includes(`(${id}), ends 20`), line);
      assert.match(line, /Z, Key on order, SEC-1, owner iam@example\.com$/);
      assert.deepEqual(await told(), []);
      passTime(world, 12 * DAY_MS);
      assert.match((await told()).join(), /^[^,]*, ended 20/);
      assert.deepEqual(await told(), []);
    },
    { off: [5, 6] },
  ));

test("an account that somebody changes back again and again is told once a day at most, of events and of sweeps", () =>
  inKnownWorld(
    async (world) => {
      const yaml = `${RULES}limits: { changesPerAccount: 1, changesPerRun: { count: 50, percent: 100 } }\n${tell("flapping")}`;
      const { evidence: _, onProgress: __, ...ports } = world.ports(yaml);
      const outcomes: (string | undefined)[] = [];
      const recheck = messageRechecker({
        ...ports,
        queue: queueOf(world),
        onProgress: ({ outcome, why }) => outcomes.push(outcome ?? why),
      });
      const { id } = world.vendor.account(5);
      const told = toldBy(world, yaml);
      assert.deepEqual(await told("enforce"), []);
      for (const event of ["1", "2"]) {
        world.vendor.change(id, { mfaEnabled: false });
        await recheck([eventMessage({ id: `event-${event}`, directory: WORKFORCE, subject: id })], signal);
      }
      assert.deepEqual(outcomes, ["enforced", "refused"]);
      const lines = await told("enforce");
      assert.equal(lines.length, 1);
      assert.ok(lines[0]?.includes(`(${id}): ERR_LIMIT_ACCOUNT`), lines[0]);
      assert.deepEqual(await told("enforce"), []);
    },
    { off: [] },
  ));

test("the command that shows such an account may be copied into a shell, whatever the vendor's id is", () =>
  inKnownWorld(
    async (world) => {
      const id = "f:1:$(touch x)";
      const change = {
        id,
        username: "jane",
        directory: WORKFORCE,
        outcome: "refused",
        why: "ERR_LIMIT_ACCOUNT: often",
      };
      const listEventChanges = async function* () {
        yield [change];
      };
      const mail = teamMailbox(["iam"]);
      const more = { receivers: mail.receivers, ledger: { ...world.ledger, listEventChanges } };
      await world.sweep("plan", RULES + tell("flapping"), more as object);
      assert.deepEqual(
        mail.take("iam").map(({ parts }) => parts.commands[0]?.command),
        [`history '${WORKFORCE}/${id}'`],
      );
    },
    { off: [] },
  ));
