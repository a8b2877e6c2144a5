/**
 * What the product does with a real Keycloak server: `npm run test:keycloak`. Skipped, saying so, where there is no Java or no
 * server to be had.
 */

import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { joinStack } from "../../../../cli/state/stack.ts";
import { openDirectory } from "../../../../lib/directories/index.ts";
import type { Directory } from "../../../../lib/model/index.ts";
import { start } from "../../../cli/server.ts";
import { warden } from "../../../cli/workspace.ts";
import { until } from "../../../processes.ts";
import { keepsContract } from "../../contract.ts";
import { CANARY, type Fixture, never } from "../../tenant.ts";
import { findDistribution } from "./distribution.ts";
import { createRealm, OTP_SECRET, PASSWORD, personName, type RealRealm } from "./realm.ts";
import { type RealKeycloak, startRealKeycloak } from "./server.ts";
import { signIn } from "./sign-in.ts";

const distribution = findDistribution();
const skip = "missing" in distribution ? `no real Keycloak server: ${distribution.missing}` : false;

let server: RealKeycloak;
before(async () => {
  if ("home" in distribution) server = await startRealKeycloak(distribution.home);
});
after(() => server?.close());

/** What the contract needs of a real realm; faults are the simulator's. */
const fixture: Fixture = {
  faults: [],
  async start(subjects) {
    const realm = await createRealm(server, { people: subjects, person: (n) => ({ hasOtp: n > 0 }) });
    return {
      ...realm.directory(Math.ceil(subjects / 4)),
      ids: realm.ids,
      off: realm.ids[0] ?? "",
      nobody: "00000000-0000-4000-8000-000000000000",
      writes: async () => {
        const { body } = await realm.admin("GET", "/admin-events?operationTypes=UPDATE&resourceTypes=USER");
        return body.length;
      },
      async fail(fault) {
        assert.equal(fault, "refused");
        const { body } = await realm.admin("GET", "/clients?clientId=mfa-warden");
        await realm.admin("POST", `/clients/${body[0].id}/client-secret`);
      },
      close: realm.remove,
    };
  },
};

describe("a real Keycloak realm", { skip, concurrency: 4 }, () => keepsContract("keycloak", fixture));

describe("what the simulator says of a real server", { skip }, () => {
  const open = (realm: RealRealm, more: object = {}): Directory => {
    const { settings, secret } = realm.directory(10);
    const needs = { id: "staff", secretVersion: "1", fetch, clock: Date.now };
    return openDirectory("keycloak", { ...needs, settings: { ...settings, ...more }, secret });
  };
  const withRealm = async (roles: readonly string[] | undefined, work: (realm: RealRealm) => Promise<void>) => {
    const realm = await createRealm(server, {
      people: 4,
      person: (n) => ({ hasOtp: n === 1, group: n === 2 ? "/staff/admins" : "/staff" }),
      ...(roles ? { roles } : {}),
    });
    await work(realm).finally(realm.remove);
  };

  test("every check of the doctor passes with the roles that are asked for", () =>
    withRealm(undefined, async (realm) => {
      const checks = await open(realm).check(never);
      assert.deepEqual(
        checks.filter(({ result }) => result !== "passed"),
        [],
      );
    }));

  for (const [roles, failing] of [
    [["view-users", "view-realm", "view-events"], ["change users"]],
    [["view-users", "manage-users", "view-realm"], ["read events"]],
    [
      ["view-users", "manage-users", "view-events"],
      ["sign-in asks for a second factor", "action is carried out", "sign-in without a browser"],
    ],
    [
      ["query-users", "view-realm", "view-events"],
      ["see all accounts", "change users"],
    ],
  ] as const)
    test(`the doctor tells what ${roles.join(", ")} do not allow`, () =>
      withRealm(roles, async (realm) => {
        const checks = await open(realm).check(never);
        assert.deepEqual(
          checks.filter(({ result }) => result !== "passed").map(({ name }) => name),
          failing,
        );
      }));

  test("who may query alone, with fine-grained permissions, is shown whom they name, and counts the same", () =>
    withRealm(["query-users", "view-realm"], async (realm) => {
      await showOnly(realm, realm.ids[1] ?? "");
      const directory = open(realm);
      const { subjects } = await directory.page(undefined, never);
      assert.deepEqual([subjects.map(({ id }) => id), await directory.total?.(never)], [[realm.ids[1]], 1]);
      assert.equal((await directory.coverage?.(never))?.extent, "limited");
    }));

  test("a person in a group is in the group above it", () =>
    withRealm(undefined, async (realm) => {
      const directory = open(realm);
      const subject = (await directory.read(realm.ids[2] ?? "", never)) ?? assert.fail("nobody");
      const [found] = (await directory.complete?.([subject], ["groups"], never)) ?? [];
      const { body } = await realm.admin("GET", "/groups?search=admins");
      const [staff] = body;
      assert.deepEqual(found?.facts.groups, { known: true, value: [staff.subGroups[0].id, staff.id] });
    }));

  test("the client's own account is told apart, and is in no listing and in no count", () =>
    withRealm(undefined, async (realm) => {
      const directory = open(realm);
      const own = await directory.find?.("service-account-mfa-warden", never);
      assert.equal((await directory.read(own ?? "", never))?.serviceAccount, true);
      const { subjects } = await directory.page(undefined, never);
      assert.deepEqual(
        subjects.map(({ id }) => id),
        realm.ids,
      );
      assert.equal(await directory.total?.(never), 4);
    }));

  test("a change leaves attributes and other actions as they were", () =>
    withRealm(undefined, async (realm) => {
      const [id = ""] = realm.ids;
      const path = `/users/${id}`;
      const { body: user } = await realm.admin("GET", path);
      await realm.admin("PUT", path, { ...user, attributes: { locale: ["de"] }, requiredActions: ["VERIFY_EMAIL"] });
      const { body: before } = await realm.admin("GET", path);
      const directory = open(realm);
      const subject = (await directory.read(id, never)) ?? assert.fail("nobody");
      assert.equal(await directory.enforce?.(subject, never), "sent");
      const { body: changed } = await realm.admin("GET", path);
      assert.deepEqual(changed.requiredActions.toSorted(), ["CONFIGURE_TOTP", "VERIFY_EMAIL"]);
      assert.deepEqual(changed.attributes, before.attributes);
      const now = (await directory.read(id, never)) ?? assert.fail("nobody");
      assert.equal(await directory.revert?.(now, { enabled: false }, never), "sent");
      assert.deepEqual((await realm.admin("GET", path)).body, before);
    }));

  test("a program that signs in with the account's password is refused until the second factor is registered", () =>
    withRealm(undefined, async (realm) => {
      const [id = ""] = realm.ids;
      await realm.admin("PUT", `/users/${id}/reset-password`, { type: "password", value: PASSWORD, temporary: false });
      await realm.admin("POST", "/clients", {
        clientId: "program",
        publicClient: true,
        directAccessGrantsEnabled: true,
      });
      const form = { grant_type: "password", client_id: "program", username: personName(0), password: PASSWORD };
      const token = `${server.origin}/realms/${realm.name}/protocol/openid-connect/token`;
      const grant = async () => (await fetch(token, { method: "POST", body: new URLSearchParams(form) })).status;
      assert.equal(await grant(), 200);
      const directory = open(realm);
      const subject = (await directory.read(id, never)) ?? assert.fail("nobody");
      assert.match(directory.caution?.(subject) ?? "", /is refused/);
      await directory.enforce?.(subject, never);
      assert.equal(await grant(), 400);
    }));

  test("an account of a store that takes no changes is refused for that account alone", () =>
    withRealm(undefined, async (realm) => {
      const store = await addSwitchedOffStore(realm);
      await realm.admin("POST", "/users", { username: "linked", enabled: true, federationLink: store });
      const directory = open(realm);
      const id = await directory.find?.("linked", never);
      const subject = (await directory.read(id ?? "", never)) ?? assert.fail("nobody");
      const sent = await directory.enforce?.(subject, never);
      assert.equal(typeof sent === "object" && sent.outcome, "refused");
    }));

  test("a sign-in that asks nobody makes every verdict unknown", () =>
    withRealm(undefined, async (realm) => {
      await realm.admin("POST", "/authentication/flows/browser/copy", { newName: "bare" });
      const { body } = await realm.admin("GET", "/authentication/flows/bare/executions");
      const second = body.find(({ displayName }: { displayName: string }) => displayName.includes("Conditional 2FA"));
      await realm.admin("PUT", "/authentication/flows/bare/executions", { ...second, requirement: "DISABLED" });
      await realm.admin("PUT", "", { browserFlow: "bare" });
      const { subjects } = await open(realm).page(undefined, never);
      for (const { facts } of subjects)
        assert.match(facts.enabled.known ? "" : facts.enabled.why, /"bare".*asks nobody/);
    }));

  test("the log has what an administrator did", () =>
    withRealm(undefined, async (realm) => {
      const [id = ""] = realm.ids;
      await realm.admin("PUT", `/users/${id}`, { enabled: false });
      const events =
        (await open(realm).log?.(id, new Date(Date.now() - 600_000), new Date(Date.now() + 60_000), never)) ?? [];
      assert.deepEqual(
        events.map(({ action, detail }) => [action, detail]),
        [["UPDATE USER", `users/${id}`]],
      );
    }));
});

/** Fine-grained permissions that let the client see one user. */
async function showOnly(realm: RealRealm, id: string): Promise<void> {
  const { body: settings } = await realm.admin("GET", "");
  await realm.admin("PUT", "", { ...settings, adminPermissionsEnabled: true });
  const { body: clients } = await realm.admin("GET", "/clients?clientId=admin-permissions");
  const { body: accounts } = await realm.admin("GET", "/users?username=service-account-mfa-warden&exact=true");
  const path = `/clients/${clients[0].id}/authz/resource-server`;
  const policy = { name: "the client", users: [accounts[0].id], logic: "POSITIVE" };
  await realm.admin("POST", `${path}/policy/user`, policy);
  const permission = { name: "one", resourceType: "Users", resources: [id], scopes: ["view"], policies: [policy.name] };
  await realm.admin("POST", `${path}/permission/scope`, permission);
}

async function addSwitchedOffStore(realm: RealRealm): Promise<string> {
  const values = {
    enabled: "false",
    editMode: "READ_ONLY",
    vendor: "other",
    connectionUrl: "ldap://127.0.0.1:1",
    usersDn: "ou=people",
    authType: "none",
    usernameLDAPAttribute: "uid",
    rdnLDAPAttribute: "uid",
    uuidLDAPAttribute: "entryUUID",
    userObjectClasses: "person",
    importEnabled: "true",
  };
  const config = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, [value]]));
  const providerType = "org.keycloak.storage.UserStorageProvider";
  await realm.admin("POST", "/components", { name: "store", providerId: "ldap", providerType, config });
  const { body } = await realm.admin("GET", `/components?type=${providerType}`);
  return body[0].id;
}

describe("a sweep over 200 people of a real realm", { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), "warden-keycloak-"));
  const run = (...args: string[]) => warden(folder, ...args);
  /** Number 0 has a password and no second factor, number 1 both; everybody else's last digit decides. */
  const hasOtp = (n: number) => n !== 0 && n % 10 < 7;
  const lacking = Array.from({ length: 200 }, (_, n) => n).filter((n) => !hasOtp(n)).length;
  let realm: RealRealm;
  /** The run that had them asked. */
  let changing = "";

  before(async () => {
    if (skip) return;
    realm = await createRealm(server, { people: 200, person: (n) => ({ hasOtp: hasOtp(n), hasPassword: n < 2 }) });
    const { settings, secret } = realm.directory(50);
    const directory = JSON.stringify({ id: "staff", vendor: "keycloak", mode: "enforce", ...settings });
    const approvers = JSON.stringify([userInfo().username]);
    writeFileSync(
      join(folder, "policy.yaml"),
      `version: 1
directories:
  - ${directory}
rules: [{ name: everyone, match: all, require: registered }]
limits: { changesPerRun: { count: 500, percent: 100 } }
approval: { approvers: ${approvers}, self: true }
`,
    );
    writeFileSync(join(folder, "secrets.json"), JSON.stringify({ staff: secret }), { mode: 0o600 });
  });
  after(async () => {
    const state = join(folder, ".mfa-warden");
    if (existsSync(join(state, "stack.json"))) await (await joinStack(state, AbortSignal.timeout(10_000))).stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** What a sweep printed about the one directory. */
  const sweep = async (...args: string[]) => {
    const { stdout, stderr } = await run("sweep", "--json", ...args);
    const report = JSON.parse(stdout || assert.fail(stderr));
    return { run: report.run as string, status: report.status as string, ...report.directories[0] };
  };
  const askedToRegister = async () => {
    const { body } = await realm.admin("GET", "/users?max=1000");
    return body.filter(({ requiredActions }: { requiredActions: string[] }) =>
      requiredActions.includes("CONFIGURE_TOTP"),
    ).length;
  };

  test("finds who has no second factor, has each of them asked for one, and calls them pending until they have it", async () => {
    const planned = await sweep("--mode", "plan");
    assert.deepEqual(
      [planned.status, planned.read, planned.verdicts.compliant, planned.verdicts.violating],
      ["completed", 200, 200 - lacking, lacking],
    );
    assert.equal(await askedToRegister(), 0);
    const enforced = await sweep("--mode", "enforce");
    changing = enforced.run;
    assert.deepEqual(enforced.problems, []);
    assert.deepEqual(
      [enforced.changes.enforced, enforced.after.pending, await askedToRegister()],
      [lacking, lacking, lacking],
    );
    assert.equal((await sweep("--mode", "enforce")).changes.planned, 0);
  });

  test("whoever is asked registers at the next sign-in, and is compliant from then on; everybody else is asked for theirs", async () => {
    assert.deepEqual(await signIn(server.origin, realm.name, personName(1), OTP_SECRET), {
      asked: "one-time password",
    });
    assert.deepEqual(await signIn(server.origin, realm.name, personName(0)), {
      asked: "to register a one-time password",
    });
    const { verdicts } = await sweep("--mode", "plan");
    assert.deepEqual([verdicts.compliant, verdicts.pending], [200 - lacking + 1, lacking - 1]);
  });

  test("whom the realm's own logs name is looked at within a poll: who lost a second factor is asked for a new one", async () => {
    const [lost, joined] = [realm.ids[2] ?? "", personName(200)];
    const serve = start(folder, "serve", "--port", "0", "--poll", "1");
    await serve.line(/its log is asked every 1 s/);
    // The first poll only says where the next one begins.
    await until(
      () => realm.admin("GET", "/events?type=CLIENT_LOGIN").then(({ body }) => body.length > 0),
      "the first poll",
    );
    const { body: credentials } = await realm.admin("GET", `/users/${lost}/credentials`);
    await realm.admin("DELETE", `/users/${lost}/credentials/${credentials[0].id}`);
    await serve.line(
      new RegExp(`staff/${lost} +enforced: the read-back shows that the next sign-in asks for a device`),
    );
    await realm.admin("POST", "/users", { username: joined, enabled: true });
    const { body: found } = await realm.admin("GET", `/users?username=${joined}&exact=true`);
    await serve.line(new RegExp(`staff/${found[0].id} +enforced`));
    await realm.admin("DELETE", `/users/${found[0].id}`);
    await serve.line(new RegExp(`staff/${found[0].id} +gone`));
    await realm.admin("DELETE", "/admin-events");
    await serve.line(/there at the last poll are gone.*\(ERR_EVENTS_GAP\)/);
    await realm.admin("PUT", "/events/config", { adminEventsEnabled: false });
    await serve.line(/keeps no admin events.*\(ERR_EVENTS_GAP\)/);
    assert.equal(await serve.end(), 0, serve.lines.join("\n"));
  });

  test("a run is undone but for who has registered since", async () => {
    const undo = await run("rollback", changing, "--secrets", "secrets.json");
    assert.match(undo.stdout, /has registered a second factor since/);
    const [, command] = /npm run -s warden -- (approve .*)/.exec(undo.stdout) ?? assert.fail(undo.stdout + undo.stderr);
    const applied = await run(...(command ?? "").split(" "));
    assert.match(applied.stdout, new RegExp(`${lacking - 1} reverted`), applied.stdout + applied.stderr);
    assert.equal(await askedToRegister(), 1, "whom an event had asked is no part of the run");
  });

  test("no output and no record holds the client's secret", async () => {
    const { stdout, stderr } = await run("doctor", "--json");
    assert.ok(!`${stdout}${stderr}`.includes(CANARY));
  });
});
