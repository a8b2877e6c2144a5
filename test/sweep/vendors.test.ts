/** Three vendors in one sweep, over their simulators' real HTTP: what each comes to, and that none holds up the others. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { exitCode } from "../../cli/terminal/summary.ts";
import type { DirectoryRecord } from "../../lib/model/index.ts";
import { type Strata, startStrata } from "../../simulators/strata/index.ts";
import { startVmware, type Vmware } from "../../simulators/vmware-csp/index.ts";
import { strataDirectory } from "../directories/strata/fixture.ts";
import { EVERYONE, startWorld, type World } from "../world.ts";

const OPS = "ops@example.com";
/** Of the organisation: how many others there are, whose MFA nobody may read. */
const OTHERS = 5;

let world: World;
let vmware: Vmware;
let strata: Strata;
before(async () => {
  const now = () => Date.now() + (world?.time.ahead ?? 0);
  vmware = await startVmware({ users: OTHERS, principals: [{ username: OPS }], now });
  strata = await startStrata({ profiles: 2 });
  const { organization, endpoints, credentials } = vmware;
  const cloud = { organization, principals: [OPS], endpoints };
  world = await startWorld({ accounts: 10, mfaEnabledShare: 1 }, [
    { id: "cloud", vendor: "vmware-csp", settings: cloud, secret: credentials },
    // The third is not there yet; the first two are, and nobody here wrote them.
    { id: "firewalls", vendor: "strata", ...strataDirectory(strata, 3) },
  ]);
});
/** A passcode is good once: the next sweep needs the one after it. */
const laterPasscode = () => {
  world.time.ahead += 31_000;
};
after(() => Promise.all([world.close(), vmware.close(), strata.close()]));

const named = (directories: readonly DirectoryRecord[], id: string): DirectoryRecord => {
  const record = directories.find((one) => one.id === id);
  assert.ok(record, id);
  return record;
};

describe("a sweep over three vendors", () => {
  test("plans for all of them, and says what a person should know", async () => {
    const { directories } = await world.sweep("plan", EVERYONE);
    const cloud = named(directories, "cloud");
    assert.ok(cloud.problems.some(({ code }) => code === "ERR_PLAN_CAUTION"));
    assert.deepEqual([cloud.changes.planned, cloud.verdicts.unknown], [1, OTHERS]);
    const firewalls = named(directories, "firewalls");
    assert.deepEqual([firewalls.verdicts.violating, firewalls.verdicts.unknown], [1, 2]);
  });

  test("switches the principal on, writes the missing profile, pushes it, and leaves what it cannot prove unknown", async () => {
    const { directories } = await world.sweep("enforce", EVERYONE);
    const cloud = named(directories, "cloud");
    assert.deepEqual([cloud.changes.enforced, cloud.after.unknown, cloud.after.violating], [1, OTHERS, 0]);
    assert.equal(vmware.principal(OPS).turnedOn, true);
    const firewalls = named(directories, "firewalls");
    assert.deepEqual([firewalls.changes.enforced, firewalls.changes.staged, firewalls.after.violating], [1, 0, 0]);
    assert.equal(strata.running().length, 3);
    const [state] = [...(await world.ledger.readStates("cloud", [OPS], true)).values()];
    assert.deepEqual([state?.judgement.verdict, state?.judgement.requirement], ["compliant", "enabled"]);
  });

  test("that finds everything as it left it changes nothing and pushes nothing", async () => {
    const writes = () =>
      [...vmware.calls, ...strata.calls].filter(
        ({ method, route }) => method !== "GET" && /mfa|push/.test(route ?? ""),
      );
    const earlier = writes().length;
    laterPasscode();
    const { directories } = await world.sweep("enforce", EVERYONE);
    assert.equal(writes().length, earlier);
    for (const { id, changes } of directories.filter(({ id }) => id !== "workforce"))
      assert.equal(changes.planned, 0, id);
  });

  test("with one of them down: the other two complete, and it says that it is not the whole", async () => {
    laterPasscode();
    // A page for people where the API was.
    strata.setFault({ kind: "html" });
    try {
      const report = await world.sweep("enforce", EVERYONE);
      assert.equal(named(report.directories, "firewalls").status, "incomplete");
      for (const id of ["workforce", "cloud"]) assert.equal(named(report.directories, id).status, "completed", id);
      assert.equal(exitCode(report), 3);
    } finally {
      strata.clearFaults();
    }
  });
});
