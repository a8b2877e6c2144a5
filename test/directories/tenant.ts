/** What a vendor's fixture is: a simulated tenant for the contract suite, and the ways it can go wrong. */

import { type Facts, NOT_ASKED } from "../../lib/model/index.ts";

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
  writes(): number | Promise<number>;
  /** From now on every answer fails in this way; "refused": only those of the token endpoint. */
  fail(fault: string): void | Promise<void>;
  close(): Promise<void>;
}

export interface Fixture {
  /** Starts a tenant whose listing takes several pages. */
  start(subjects: number): Promise<Tenant>;
  /** Names for `fail`. */
  readonly faults: readonly string[];
}

/** The faults that every simulator has, by the names that the contract suite gives them. */
export const COMMON_FAULTS = {
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
} as const;

/** The token endpoint does not accept the client. */
export const REFUSED_CLIENT = { kind: "error", status: 401, on: "token" } as const;

/** Sets the fault of this name; does nothing for a name that is not there. */
export const faultSetter =
  <F>(faults: Readonly<Record<string, F>>, setFault: (fault: F) => void) =>
  (name: string): void => {
    const fault = faults[name];
    if (fault) setFault(fault);
  };

interface LoggedCall {
  readonly method: string;
  readonly route: string;
}

/** The calls that asked the vendor to change something. */
export const changesIn = <C extends LoggedCall>(calls: readonly C[]): C[] =>
  calls.filter(({ method, route }) => method !== "GET" && route !== "token");

/** Of a subject of which nothing was read yet. */
export const NO_FACTS: Facts = {
  active: NOT_ASKED,
  enabled: NOT_ASKED,
  devices: NOT_ASKED,
  population: NOT_ASKED,
  groups: NOT_ASKED,
  createdAt: NOT_ASKED,
};

/** For calls that nobody gives up. */
export const never = new AbortController().signal;

/** A fetch whose JSON answers go through `edit`, which changes them in place. */
export const editing =
  (send: typeof fetch, edit: (body: Record<string, unknown>, url: URL) => void): typeof fetch =>
  async (input, init) => {
    const response = await send(input, init);
    const body: unknown = await response.json();
    if (typeof body === "object" && body !== null) edit(body as Record<string, unknown>, new URL(String(input)));
    return Response.json(body, { status: response.status });
  };
