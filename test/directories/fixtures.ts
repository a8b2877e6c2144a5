/** What the contract suite needs of each vendor: a simulated tenant, and the ways it can go wrong. A vendor ships data, not tests. */

import { startPingOne } from "../../simulators/pingone.ts";
import type { Fault } from "../../simulators/pingone-faults.ts";

/** In every secret; no error may ever hold it. */
export const CANARY = "canary-7f3a-s3cret";

export interface Tenant {
  readonly settings: unknown;
  readonly secret: Readonly<Record<string, unknown>>;
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
};

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
          if (fault) pingone.fault(fault);
        },
        close: pingone.close,
      };
    },
  };
}
