/** What one change asks of a vendor, whichever it is, by its call log: at most five calls in a sweep, and six from an event. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { opener } from "../../functions/compose-ports.ts";
import { hashPolicy } from "../../lib/policy/schema.ts";
import { messageRechecker, type Rechecked } from "../../lib/recheck/index.ts";
import { startEntra } from "../../simulators/entra/index.ts";
import { startKeycloak } from "../../simulators/keycloak/index.ts";
import { startOkta } from "../../simulators/okta/index.ts";
import { startStrata } from "../../simulators/strata/index.ts";
import { startVmware } from "../../simulators/vmware-csp/index.ts";
import { keycloakDirectory } from "../directories/keycloak/fixture.ts";
import { oktaDirectory } from "../directories/okta/fixture.ts";
import { strataDirectory } from "../directories/strata/fixture.ts";
import { eventMessage, NO_QUEUE, signal } from "../recheck/events.ts";
import { whenPlanned } from "../sweep/known-world.ts";
import { compile, EVERYONE, startWorld, type World } from "../world.ts";

const REQUIREMENTS = ["enabled", "registered", "phishing-resistant"];
const MAX_CALLS_IN_SWEEP = 5;
const MAX_CALLS_FROM_EVENT = 6;

let world: World;
before(async () => {
  world = await startWorld({ accounts: 1 });
});
after(() => world.close());
const clock = () => Date.now() + world.time.ahead;

interface LoggedCall {
  readonly method: string;
  readonly route: string;
}

/** A vendor with one subject that needs a change, as a policy and a secret say it. */
interface Tenant {
  readonly vendor: string;
  readonly settings: object;
  readonly secret: unknown;
  readonly subject: string;
  /** Another one, about which an event comes first: what is read once of a whole directory has been read by then. */
  readonly other?: string;
  readonly calls: readonly LoggedCall[];
  close(): Promise<void>;
}

const PRINCIPAL = "ops@example.com";

async function startCloud(): Promise<Tenant> {
  const vmware = await startVmware({ users: 3, principals: [{ username: PRINCIPAL }], now: clock });
  const { organization, endpoints, credentials: secret, calls, close } = vmware;
  const settings = { organization, principals: [PRINCIPAL], endpoints };
  return { vendor: "vmware-csp", settings, secret, subject: PRINCIPAL, calls, close };
}

async function startFirewalls(): Promise<Tenant> {
  const strata = await startStrata({ profiles: 1, now: clock });
  const { name } = strata.wish(0);
  strata.edit(name, { mfa_cert_profile: "another" });
  const { settings, secret } = strataDirectory(strata, 1);
  const { calls, close } = strata;
  // A person pushes: a push is one for all changes of a sweep.
  return {
    vendor: "strata",
    settings: { ...settings, push: false },
    secret,
    subject: `Mobile Users/${name}`,
    calls,
    close,
  };
}

async function startOffice(): Promise<Tenant> {
  const entra = await startEntra({ users: 1, now: clock, limitsReports: false });
  const { id } = entra.user(0);
  entra.change(id, { accountEnabled: true, userType: "Member", creationType: null, perUserMfaState: "disabled" });
  const { tenant, endpoints, credentials: secret, calls, close } = entra;
  return { vendor: "entra", settings: { tenant, endpoints, perUserMfa: true }, secret, subject: id, calls, close };
}

async function startRealm(): Promise<Tenant> {
  const keycloak = await startKeycloak({ accounts: 2, now: clock });
  const { id } = keycloak.account(0);
  keycloak.change(id, { enabled: true, credentials: [], requiredActions: [] });
  keycloak.change(keycloak.account(1).id, { enabled: false });
  const other = keycloak.account(1).id;
  const { calls, close } = keycloak;
  return { vendor: "keycloak", ...keycloakDirectory(keycloak), subject: id, other, calls, close };
}

async function startOrg(): Promise<Tenant> {
  const okta = await startOkta({ users: 2, now: clock });
  const [{ id, lastUpdated }, { id: other }] = [okta.user(0), okta.user(1)];
  okta.change(id, { status: "ACTIVE", factors: [], groups: [], lastUpdated });
  okta.change(other, { status: "SUSPENDED" });
  const { calls, close } = okta;
  return { vendor: "okta", ...oktaDirectory(okta), subject: id, other, calls, close };
}

/** Ports over this tenant alone. */
function portsOf({ vendor, settings, secret }: Tenant, id: string, requirement: string) {
  const yaml = EVERYONE.replace("require: enabled", `require: ${requirement}`);
  const directory = JSON.stringify({ id, vendor, mode: "enforce", ...settings });
  const policy = compile(`version: 1\ndirectories: [${directory}]\n${yaml}`);
  const read = async () => ({ value: secret, version: "1" });
  return { yaml, policy, policyHash: hashPolicy(policy), open: opener(policy, { read }, fetch, clock) };
}

/** The calls from the `from`th on, but for tokens. */
const callsFrom = (calls: readonly LoggedCall[], from: number): string[] =>
  calls.slice(from).flatMap(({ method, route }) => (route === "token" ? [] : [`${method} ${route}`]));

async function sweptCalls(tenant: Tenant, id: string, requirement: string): Promise<string[]> {
  const { yaml, ...ports } = portsOf(tenant, id, requirement);
  let from = 0;
  const planned = whenPlanned(() => {
    from = tenant.calls.length;
  });
  const { only } = await world.sweep("enforce", yaml, { ...ports, ...planned });
  assert.equal(only.changes.enforced + only.changes.staged, 1);
  return callsFrom(tenant.calls, from);
}

async function eventCalls(tenant: Tenant, id: string, requirement: string): Promise<string[]> {
  const { yaml, ...more } = portsOf(tenant, id, requirement);
  const { evidence: _, ...ports } = world.ports(yaml, more);
  await world.ledger.setDeployedPolicy(ports.policyHash);
  const rechecked: Rechecked[] = [];
  const recheck = messageRechecker({ ...ports, queue: NO_QUEUE, onProgress: (event) => rechecked.push(event) });
  const { subject, other } = tenant;
  if (other !== undefined) await recheck([eventMessage({ id: `${id}-other`, directory: id, subject: other })], signal);
  const from = tenant.calls.length;
  await recheck([eventMessage({ id, directory: id, subject })], signal);
  const last = rechecked.at(-1);
  assert.ok(["enforced", "staged"].includes(last?.outcome ?? ""), last?.why);
  return callsFrom(tenant.calls, from);
}

const WAYS = [
  { how: "sweep", callsOf: sweptCalls, most: MAX_CALLS_IN_SWEEP },
  { how: "event", callsOf: eventCalls, most: MAX_CALLS_FROM_EVENT },
] as const;

/** A profile is as wanted or not, whatever a rule requires of accounts. */
const VENDORS = [
  { start: startCloud, name: "VMware Cloud Services", requirements: REQUIREMENTS },
  { start: startOffice, name: "Entra ID", requirements: REQUIREMENTS },
  { start: startRealm, name: "Keycloak", requirements: REQUIREMENTS },
  { start: startOrg, name: "Okta", requirements: REQUIREMENTS },
  { start: startFirewalls, name: "Strata Cloud Manager", requirements: ["enabled"] },
];

for (const { start, name, requirements } of VENDORS)
  describe(`a change at ${name}`, () => {
    for (const requirement of requirements)
      for (const { how, callsOf, most } of WAYS)
        test(`by a rule that requires ${requirement}, in a${how === "event" ? "n event" : " sweep"}`, async () => {
          const tenant = await start();
          try {
            const calls = await callsOf(tenant, `${tenant.vendor}-${how}-${requirement}`, requirement);
            assert.ok(calls.length <= most, calls.join(", "));
          } finally {
            await tenant.close();
          }
        });
  });
