/** VMware accounts whose own credentials the organisation holds, and what the vendor says of their MFA. */

import { type Code, retryable, WardenError } from "../../errors.ts";
import type { HttpClient } from "../../http/index.ts";
import type { Subject } from "../../model/index.ts";
import { describeError } from "../doctor-check.ts";
import { factsOf, factsUnknown, fold, type MfaStatus, mfaStatus } from "./schema.ts";
import type { Session } from "./session.ts";

const STATUS = "/csp/gateway/iam/vmwid/api/principal/mfa/status";

export interface Principal {
  /** Its user name in lower case. */
  readonly id: string;
  /** As the policy writes it. */
  readonly name: string;
  readonly allowTokenLoss: boolean;
  /** Absent: the secret has no entry for it. */
  readonly keys?: Keys;
}

export interface Keys {
  readonly password: string;
  readonly session: Session;
}

/** What the vendor said of one principal just now. `date`: its clock, ISO 8601. */
export interface Seen {
  readonly subject: Subject;
  readonly date?: string;
}

export interface Custody {
  /** What only this account can be told stays unknown, with the reason. Throws what may pass, or concerns all of them. */
  look(principal: Principal, signal: AbortSignal): Promise<Seen>;
  status(principal: Principal, signal: AbortSignal): Promise<{ readonly body: MfaStatus; readonly date?: string }>;
  /** Throws `ERR_SECRET_INVALID` where the secret has none. @param about the call that they are for */
  keysOf(principal: Principal, about: { readonly method: string; readonly path: string }): Keys;
}

export function holdCustody(http: HttpClient): Custody {
  const keysOf: Custody["keysOf"] = ({ name, keys }, about) => {
    if (keys) return keys;
    throw http.vendorError("ERR_SECRET_INVALID", about, `has no credentials of ${name} in its secret`);
  };

  async function status(principal: Principal, signal: AbortSignal) {
    const { session } = keysOf(principal, { method: "GET", path: STATUS });
    return session.ask({ path: STATUS, schema: mfaStatus, signal });
  }

  async function look(principal: Principal, signal: AbortSignal): Promise<Seen> {
    if (!principal.keys) return { subject: subjectOf(principal, factsUnknown(NO_KEYS)) };
    try {
      const { body, date } = await status(principal, signal);
      const stranger = strangerIn(principal, body);
      const facts = stranger === undefined ? factsOf(body) : factsUnknown(stranger);
      return { subject: subjectOf(principal, facts), ...(date === undefined ? {} : { date }) };
    } catch (error) {
      if (!(error instanceof WardenError) || !PERSONAL.includes(error.code)) throw error;
      return { subject: subjectOf(principal, factsUnknown(describeError(error))) };
    }
  }

  return { keysOf, status, look };
}

const NO_KEYS = "its credentials are not in the directory's secret";
/** Refusals of one account, or of what its secret holds; the others can still be read. */
const PERSONAL: readonly Code[] = [
  "ERR_VENDOR_AUTH",
  "ERR_VENDOR_DENIED",
  "ERR_VENDOR_NOT_FOUND",
  "ERR_VENDOR_REJECTED",
];

const subjectOf = ({ id, name }: Principal, facts: Subject["facts"]): Subject => ({
  id,
  username: name,
  facts,
  switchNeedsDevice: true,
  credentialHeld: true,
});

/** What speaks against changing this account, by policy and secret alone. */
export function whyNot({ allowTokenLoss, keys }: Principal): string | undefined {
  if (!keys) return NO_KEYS;
  if (keys.session.seeded || allowTokenLoss) return undefined;
  return "its secret has no totpSeed, so its API token would be of no use with MFA on; add the seed, or allowTokenLoss: true to the policy";
}

/** A status is the token's owner's: one without this principal's name is somebody else's, or nobody's. */
export function strangerIn({ id }: Principal, { username }: MfaStatus): string | undefined {
  if (typeof username !== "string") return "VMware did not say whose MFA status it answered";
  return fold(username) === id ? undefined : "the secret holds somebody else's API token for it";
}

/** So many principals may each exhaust their retries; after that the vendor is down, and asking on would only take hours. */
const MOST_FAULTS = 4;

/**
 * One principal's passing trouble leaves its facts unknown. A vendor of which nobody heard anything is down: then the last
 * trouble is thrown.
 */
export function tolerance() {
  let heard = false;
  let faults = 0;
  let last: WardenError | undefined;
  return {
    async look(principal: Principal, work: Promise<Seen>): Promise<Seen> {
      try {
        const seen = await work;
        if (principal.keys) heard = true;
        return seen;
      } catch (error) {
        if (!(error instanceof WardenError) || !passing(error)) throw error;
        faults += 1;
        last = error;
        if (faults > MOST_FAULTS) throw error;
        return { subject: subjectOf(principal, factsUnknown(describeError(error))) };
      }
    },
    /** To be asked when all have been looked at. */
    settle(): void {
      if (last && !heard) throw last;
    },
  };
}

const passing = (error: WardenError) => retryable(error) || error.code === "ERR_VENDOR_FORMAT";
