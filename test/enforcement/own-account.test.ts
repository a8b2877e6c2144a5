/** Accounts that are not changed whatever a rule says: the one that we work with, and those that no person signs in with. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { WardenError } from "../../lib/errors.ts";
import type { Directory, Subject } from "../../lib/model/index.ts";
import { startVmware } from "../../simulators/vmware-csp/index.ts";
import { changeCalls, changeOf, inKnownWorld, targetOf } from "../sweep/known-world.ts";
import { EVERYONE, startWorld, type World } from "../world.ts";

/** The directory of the world, with something else in its place. */
const opening = ({ ports }: World, more: (directory: Directory) => Partial<Directory>, yaml = EVERYONE) => ({
  open: async (id: string, signal: AbortSignal) => {
    const directory = await ports(yaml).open(id, signal);
    return { ...directory, ...more(directory) };
  },
});

test("the account whose credential lists the others is not changed", () =>
  inKnownWorld(async (world) => {
    const own = async () => [targetOf(world).toUpperCase()];
    const { only, run } = await world.sweep(
      "enforce",
      EVERYONE,
      opening(world, () => ({ ownAccounts: own })),
    );
    assert.deepEqual([only.verdicts.violating, only.changes.refused, changeCalls(world).length], [1, 1, 0]);
    assert.match((await changeOf(world, run)).why ?? "", /^mfa-warden itself uses this account/);
  }));

test("where nobody can tell which account that is, nothing is changed", () =>
  inKnownWorld(async (world) => {
    const own = () => Promise.reject(new WardenError("ERR_VENDOR_FORMAT", "It does not say whose token it is."));
    const { only, run } = await world.sweep(
      "enforce",
      EVERYONE,
      opening(world, () => ({ ownAccounts: own })),
    );
    assert.deepEqual([only.changes.failed, changeCalls(world).length], [1, 0]);
    assert.match((await changeOf(world, run)).why ?? "", /^ERR_VENDOR_FORMAT/);
  }));

/** Every account is said to be nobody's. */
const asServices = ({ page, read }: Directory): Partial<Directory> => {
  const mark = (subject: Subject): Subject => ({ ...subject, serviceAccount: true });
  return {
    page: async (cursor, signal) => {
      const listed = await page(cursor, signal);
      return { ...listed, subjects: listed.subjects.map(mark) };
    },
    read: async (id, signal) => {
      const subject = await read(id, signal);
      return subject && mark(subject);
    },
  };
};

test("a service account is judged as ever, and changed only if a rule names it", () =>
  inKnownWorld(async (world) => {
    const { only, run } = await world.sweep("enforce", EVERYONE, opening(world, asServices));
    assert.deepEqual([only.verdicts.violating, only.changes.refused, changeCalls(world).length], [1, 1, 0]);
    assert.equal((await changeOf(world, run)).why, "a service account, and no rule names it");
    const named = `
rules:
  - { name: robot, match: { accounts: [{ id: workforce/${targetOf(world)} }] }, require: enabled }
  - { name: everyone, match: all, require: enabled }
`;
    assert.equal((await world.sweep("enforce", named, opening(world, asServices, named))).only.changes.enforced, 1);
  }));

test("a principal whose token also lists the organisation as its reader is not changed; with a seed it is", async () => {
  const name = "ops@example.com";
  const tenant = await startVmware({ users: 2, principals: [{ username: name }] });
  const { organization, endpoints, credentials } = tenant;
  const { apiToken, totpSeed } = credentials.principals[name] ?? {};
  const settings = { organization, principals: [name], endpoints };
  const secret = { ...credentials, reader: { apiToken } };
  const world = await startWorld({ accounts: 1 }, [{ id: "cloud", vendor: "vmware-csp", settings, secret }]);
  try {
    const sweep = async () => (await world.sweep("enforce")).directories.find(({ id }) => id === "cloud")?.changes;
    const refused = await sweep();
    assert.deepEqual([refused?.planned, refused?.refused, tenant.principal(name).turnedOn], [1, 1, false]);
    world.secrets.set("cloud", { value: { ...secret, reader: { apiToken, totpSeed } }, version: "2" });
    assert.equal((await sweep())?.enforced, 1);
  } finally {
    await world.close();
    await tenant.close();
  }
});
