/** What vendors say of whose account it is: in the listing itself, and left out where it is not there or cannot be read. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openDirectory } from "../../lib/directories/index.ts";
import type { PersonKeys } from "../../lib/model/index.ts";
import { type Entra, startEntra } from "../../simulators/entra/index.ts";
import { type Keycloak, startKeycloak } from "../../simulators/keycloak/index.ts";
import { type Okta, startOkta } from "../../simulators/okta/index.ts";
import { type PingOne, startPingOne } from "../../simulators/pingone/index.ts";
import { startVmware, type Vmware } from "../../simulators/vmware-csp/index.ts";
import { keycloakDirectory } from "./keycloak/fixture.ts";
import { oktaDirectory } from "./okta/fixture.ts";
import { never } from "./tenant.ts";

let pingone: PingOne;
let entra: Entra;
let keycloak: Keycloak;
let okta: Okta;
let vmware: Vmware;

before(async () => {
  pingone = await startPingOne({ accounts: 3 });
  entra = await startEntra({ users: 3 });
  keycloak = await startKeycloak({ accounts: 3 });
  okta = await startOkta({ users: 3 });
  vmware = await startVmware({ users: 1 });
});
after(() => Promise.all([pingone, entra, keycloak, okta, vmware].map((vendor) => vendor.close())));

/** What the listing says of each account, by id. */
async function listed(
  vendor: string,
  settings: unknown,
  secret: unknown,
): Promise<Map<string, PersonKeys | undefined>> {
  const needs = { id: "one", settings, secret, secretVersion: "1", fetch, clock: Date.now };
  const directory = openDirectory(vendor, needs);
  const keys = new Map<string, PersonKeys | undefined>();
  let cursor: string | undefined;
  do {
    const { subjects, next } = await directory.page(cursor, never);
    for (const { id, personKeys } of subjects) keys.set(id, personKeys);
    cursor = next;
  } while (cursor !== undefined);
  return keys;
}

describe("of whose account it is", () => {
  test("PingOne says the e-mail address", async () => {
    const [one, none] = [pingone.account(0).id, pingone.account(1).id];
    pingone.change(one, { email: "Jane@Example.com" });
    pingone.change(none, { email: "" });
    const settings = { environment: pingone.environment, region: "com", endpoints: pingone.endpoints };
    const keys = await listed("pingone", settings, pingone.credentials);
    assert.deepEqual([keys.get(one), keys.get(none)], [{ email: "Jane@Example.com" }, undefined]);
  });

  test("Entra ID says the e-mail address and the employee's id", async () => {
    const [one, none] = [entra.user(0).id, entra.user(1).id];
    entra.change(one, { mail: "jane@example.com", employeeId: "E-7" });
    entra.change(none, { mail: null, employeeId: null });
    const settings = { tenant: entra.tenant, endpoints: entra.endpoints };
    const keys = await listed("entra", settings, entra.credentials);
    assert.deepEqual(keys.get(one), { email: "jane@example.com", employeeNumber: "E-7" });
    assert.equal(keys.get(none), undefined);
  });

  test("Keycloak says the e-mail address, and the employee number where exactly one is kept", async () => {
    const [one, two, none] = [0, 1, 2].map((index) => keycloak.account(index).id);
    keycloak.change(one ?? "", { email: "jane@example.com", attributes: { employeeNumber: ["7"] } });
    keycloak.change(two ?? "", { email: "john@example.com", attributes: { employeeNumber: ["7", "8"] } });
    keycloak.change(none ?? "", { email: "", attributes: {} });
    const { settings, secret } = keycloakDirectory(keycloak);
    const keys = await listed("keycloak", settings, secret);
    assert.deepEqual(keys.get(one ?? ""), { email: "jane@example.com", employeeNumber: "7" });
    assert.deepEqual(keys.get(two ?? ""), { email: "john@example.com" });
    assert.equal(keys.get(none ?? ""), undefined);
  });

  test("Okta says the e-mail address and the employee number of the profile", async () => {
    const [one, two, none] = [0, 1, 2].map((index) => okta.user(index).id);
    okta.change(one ?? "", { login: "jdoe", email: "jane@example.com", employeeNumber: "E-7", status: "ACTIVE" });
    okta.change(two ?? "", { email: " ", employeeNumber: "8", status: "ACTIVE" });
    okta.change(none ?? "", { email: "", employeeNumber: "", status: "ACTIVE" });
    const { settings, secret } = oktaDirectory(okta);
    const keys = await listed("okta", settings, secret);
    assert.deepEqual(keys.get(one ?? ""), { email: "jane@example.com", employeeNumber: "E-7" });
    assert.deepEqual(keys.get(two ?? ""), { employeeNumber: "8" });
    assert.equal(keys.get(none ?? ""), undefined);
  });

  test("VMware says the e-mail address of an organisation's users", async () => {
    vmware.join("jane@example.com");
    const { organization, endpoints, credentials } = vmware;
    const settings = { organization, principals: Object.keys(credentials.principals), endpoints };
    const keys = await listed("vmware-csp", settings, credentials);
    assert.ok([...keys.values()].some((each) => each?.email === "jane@example.com"));
  });
});
