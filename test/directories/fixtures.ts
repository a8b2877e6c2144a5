/** What the contract suite needs of each vendor: a simulated tenant, and the ways it can go wrong. A vendor ships data, not tests. */

import { type Fault, startPingOne } from "../../simulators/pingone/index.ts";
import { type Strata, type Fault as StrataFault, startStrata } from "../../simulators/strata/index.ts";
import { startVmware, type Fault as VmwareFault } from "../../simulators/vmware-csp/index.ts";

/** In every secret; no error may ever hold it. */
export const CANARY = "canary-7f3a-s3cret";

export interface Tenant {
  readonly settings: unknown;
  readonly secret: Readonly<Record<string, unknown>>;
  /** Fields of the secret that it may lack. */
  readonly optional?: readonly string[];
  /** Ids of all subjects. */
  readonly ids: readonly string[];
  /** An active one whose MFA is off, and can be switched on. */
  readonly off: string;
  /** An id of the vendor's form that nobody has. */
  readonly nobody: string;
  /** How many calls asked for a change. */
  writes(): number;
  /** From now on every answer fails in this way. */
  fail(fault: string): void;
  close(): Promise<void>;
}

export interface Fixture {
  /** Starts a tenant whose listing takes several pages. */
  start(subjects: number): Promise<Tenant>;
  /** Names for `fail`. */
  readonly faults: readonly string[];
}

export const fixtures: Readonly<Record<string, Fixture>> = {
  pingone: pingoneFixture({
    limited: { kind: "limited", retryAfter: 60 },
    error: { kind: "error", status: 400 },
    denied: { kind: "error", status: 403 },
    unavailable: { kind: "error", status: 503 },
    unauthorized: { kind: "expire-token" },
    reset: { kind: "reset" },
    cut: { kind: "cut" },
    truncate: { kind: "truncate" },
    html: { kind: "html" },
    redirect: { kind: "redirect", to: `http://127.0.0.1:1/?${CANARY}` },
    oversize: { kind: "oversize", bytes: 33 * 1024 * 1024 },
    embedded: { kind: "drop", field: "_embedded" },
    links: { kind: "drop", field: "_links" },
    foreign: { kind: "foreign-next", origin: "https://evil.example" },
  }),
  "vmware-csp": vmwareFixture({
    limited: { kind: "limited", retryAfter: 60 },
    error: { kind: "error", status: 400 },
    denied: { kind: "error", status: 403 },
    unavailable: { kind: "error", status: 503 },
    unauthorized: { kind: "expire-token" },
    reset: { kind: "reset" },
    cut: { kind: "cut" },
    truncate: { kind: "truncate" },
    html: { kind: "html" },
    redirect: { kind: "redirect", to: `http://127.0.0.1:1/?${CANARY}` },
    oversize: { kind: "oversize", bytes: 33 * 1024 * 1024 },
    results: { kind: "drop", field: "results" },
    total: { kind: "drop", field: "totalResults" },
    foreign: { kind: "foreign-next", to: "https://evil.example" },
  }),
  strata: strataFixture({
    limited: { kind: "limited", retryAfter: 60 },
    error: { kind: "error", status: 400, code: "E003", message: CANARY, details: [CANARY] },
    denied: { kind: "error", status: 403, details: CANARY },
    conflict: { kind: "error", status: 409, details: { errorType: CANARY } },
    unavailable: { kind: "error", status: 503 },
    unauthorized: { kind: "expire-token" },
    session: { kind: "error", status: 400, code: 4, message: "Session Timeout" },
    lacking: { kind: "error", status: 501 },
    reset: { kind: "reset" },
    cut: { kind: "cut" },
    truncate: { kind: "truncate" },
    html: { kind: "html" },
    redirect: { kind: "redirect", to: `http://127.0.0.1:1/?${CANARY}` },
    oversize: { kind: "oversize", bytes: 33 * 1024 * 1024 },
    data: { kind: "drop", field: "data" },
    name: { kind: "row-field", field: "name" },
    endless: { kind: "ignore-offset" },
    more: { kind: "miscount", by: 7 },
  }),
};

function vmwareFixture(faults: Readonly<Record<string, VmwareFault>>): Fixture {
  return {
    faults: Object.keys(faults),
    start: async (subjects) => {
      const [username, password, apiToken] = ["ops@example.com", `${CANARY}-password`, `${CANARY}-api`];
      const vmware = await startVmware({
        principals: [{ username, password, apiToken }],
        users: subjects - 1,
        pageSize: Math.ceil(subjects / 4),
        readerToken: `${CANARY}-reader`,
      });
      const others = vmware.members().filter((user) => user.username !== username);
      return {
        settings: {
          organization: vmware.organization,
          principals: [{ username, allowTokenLoss: true }],
          endpoints: vmware.endpoints,
        },
        secret: { principals: { [username]: { apiToken, password } }, reader: vmware.credentials.reader },
        optional: ["reader"],
        ids: [username, ...others.map(({ userId }) => userId)],
        off: username,
        nobody: "vmware.com:00000000000000000000000000000000",
        writes: () => vmware.calls.filter(({ method }) => method === "PATCH").length,
        fail: (name) => {
          const fault = faults[name];
          if (fault) vmware.setFault(fault);
        },
        close: vmware.close,
      };
    },
  };
}

function pingoneFixture(faults: Readonly<Record<string, Fault>>): Fixture {
  return {
    faults: Object.keys(faults),
    start: async (subjects) => {
      const pingone = await startPingOne({
        accounts: subjects,
        pageSize: Math.ceil(subjects / 4),
        clientSecret: CANARY,
      });
      const off = pingone.account(0);
      pingone.change(off.id, { enabled: true, mfaEnabled: false });
      return {
        settings: { environment: pingone.environment, region: "com", endpoints: pingone.endpoints },
        secret: { ...pingone.credentials },
        ids: Array.from({ length: subjects }, (_, index) => pingone.account(index).id),
        off: off.id,
        nobody: "00000000-0000-4000-8000-000000000000",
        writes: () => pingone.calls.filter(({ method, route }) => method !== "GET" && route !== "token").length,
        fail: (name) => {
          const fault = faults[name];
          if (fault) pingone.setFault(fault);
        },
        close: pingone.close,
      };
    },
  };
}

/** As a policy and a secret say it, of a tenant with so many profiles wanted. */
export function strataDirectory(strata: Strata, wishes: number) {
  const wanted = Array.from({ length: wishes }, (_, n) => strata.wish(n));
  return {
    settings: {
      ...{ tenant: strata.tenant, location: strata.location, endpoints: strata.endpoints },
      servers: wanted.map(({ name, certificateProfile, kind, shown }) => ({ name, certificateProfile, [kind]: shown })),
    },
    secret: { ...strata.credentials, servers: Object.fromEntries(wanted.map(({ name, secret }) => [name, secret])) },
  };
}

/** A fetch that takes calls of the vendors behind the profiles to the simulator. */
export const rerouted =
  (strata: Strata): typeof fetch =>
  (input, init) => {
    const { protocol, host, pathname, href } = new URL(String(input));
    return fetch(protocol === "https:" ? `${strata.vendors}/${host}${pathname}` : href, init);
  };

function strataFixture(faults: Readonly<Record<string, StrataFault>>): Fixture {
  const names = [
    ...(["okta_token", "ping_use_base64_key", "ping_token", "rsa_accesskey"] as const),
    ...(["duo_integration_key", "duo_secret_key"] as const),
  ];
  return {
    faults: Object.keys(faults),
    start: async (subjects) => {
      const strata = await startStrata({
        // One that the policy does not name, and one that is not there.
        ...{ profiles: subjects - 2, pageSize: Math.ceil(subjects / 4), clientSecret: CANARY },
        // No doctor may call the vendors themselves.
        ...{ realHosts: false, keys: Object.fromEntries(names.map((name) => [name, CANARY])) },
      });
      const idOf = (name: string) => `Mobile Users/${name}`;
      const off = strata.wish(0).name;
      strata.edit(off, { mfa_cert_profile: "another" });
      strata.edit("unnamed", {});
      return {
        ...strataDirectory(strata, subjects - 1),
        ids: [...Array.from({ length: subjects - 1 }, (_, n) => strata.wish(n).name), "unnamed"].map(idOf),
        off: idOf(off),
        nobody: idOf("nobody"),
        writes: () => strata.calls.filter(({ method, route }) => method !== "GET" && route !== "token").length,
        fail: (name) => {
          const fault = faults[name];
          if (fault) strata.setFault(fault);
        },
        close: strata.close,
      };
    },
  };
}
