/** API tokens, passcodes and access tokens of the simulated VMware Cloud Services. */

import { randomBytes } from "node:crypto";
import { type Answer, answerOk } from "../shared/answers.ts";
import type { Accounts } from "./accounts.ts";
import { answerProblem, showGrant } from "./answers.ts";
import type { Principal } from "./people.ts";
import { passcodeOf, stepAt } from "./totp.ts";

/** Who holds a token. */
export type Holder = { kind: "principal"; principal: Principal } | { kind: "reader" };

export interface Tokens {
  /** Exchanges an API token for an access token; a passcode is asked for where the account has MFA. */
  exchange(form: URLSearchParams, refusePasscode: boolean): Answer;
  /** Whose valid access token it is. */
  holder(accessToken: string | undefined): Holder | undefined;
  /** Whose API token or access token it is; for the call log. */
  nameOf(token: string | undefined): string | undefined;
  /** Makes every access token given out so far useless. */
  revoke(): void;
}

interface Needs {
  accounts: Accounts;
  /** An API token that can only list users. */
  readerToken: string;
  /** Seconds that an access token is good for. */
  lifetime: number;
  /** Access tokens do not name whose they are. */
  opaqueTokens: boolean;
  now: () => number;
}

interface State extends Needs {
  /** By access token; `expiresAt` in ms. */
  granted: Map<string, { holder: Holder; expiresAt: number }>;
  /** The last step whose passcode was used. */
  usedSteps: Map<Principal, number>;
}

/** Creates a token endpoint that has given out nothing yet. */
export function createTokens(needs: Needs): Tokens {
  const state: State = { ...needs, granted: new Map(), usedSteps: new Map() };
  return {
    exchange: (form, refusePasscode) => exchange(state, form, refusePasscode),
    holder: (accessToken = "") => {
      const grant = state.granted.get(accessToken);
      return grant && state.now() < grant.expiresAt ? grant.holder : undefined;
    },
    nameOf: (token = "") => {
      const holder = state.granted.get(token)?.holder ?? holderOfApiToken(state, token);
      return holder?.kind === "principal" ? holder.principal.username : holder?.kind;
    },
    revoke: () => state.granted.clear(),
  };
}

function exchange(state: State, form: URLSearchParams, refusePasscode: boolean): Answer {
  const { granted, lifetime, now } = state;
  const apiToken = form.get("api_token") ?? "";
  const holder = holderOfApiToken(state, apiToken);
  if (!holder) return answerProblem(400, "token.invalid", "The API token is invalid or has expired.");
  if (holder.kind === "principal") {
    const problem = checkPasscode(state, holder.principal, form.get("passcode"), refusePasscode);
    if (problem) return problem;
  }
  const accessToken = state.opaqueTokens ? randomBytes(24).toString("base64url") : signToken(holder);
  granted.set(accessToken, { holder, expiresAt: now() + lifetime * 1000 });
  return answerOk(showGrant(accessToken, lifetime, apiToken));
}

/** A JSON web token, as the vendor's are; nobody checks its signature. */
function signToken(holder: Holder): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
  const acct = holder.kind === "principal" ? holder.principal.username : "reader@example.com";
  return [encode({ alg: "RS256", typ: "JWT" }), encode({ acct }), randomBytes(24).toString("base64url")].join(".");
}

function holderOfApiToken({ accounts, readerToken }: State, apiToken: string): Holder | undefined {
  if (apiToken === readerToken) return { kind: "reader" };
  const principal = accounts.principals.find((one) => one.apiToken === apiToken && !one.gone);
  return principal && { kind: "principal", principal };
}

/** The error that stands in the way of the exchange, if any. */
function checkPasscode(
  state: State,
  principal: Principal,
  passcode: string | null,
  refusePasscode: boolean,
): Answer | undefined {
  if (!principal.activated || !principal.turnedOn) return undefined;
  if (passcode === null) return answerProblem(400, "mfa.required", "A passcode is required.");
  const isGood = !refusePasscode && usePasscode(state, principal, passcode);
  state.accounts.recordEvent(isGood ? "MFA_AUTHENTICATION_SUCCESS" : "MFA_AUTHENTICATION_FAILURE", principal);
  return isGood ? undefined : answerProblem(400, "mfa.passcode.invalid", "The passcode is wrong or was used before.");
}

/** One step late is allowed (RFC 6238 section 5.2); a code of a step that was used, or of one before it, is not. */
function usePasscode({ usedSteps, now }: State, principal: Principal, passcode: string): boolean {
  const current = stepAt(now());
  const step = [current, current - 1, current + 1].find((one) => passcodeOf(principal.totpSeed, one) === passcode);
  if (step === undefined || step <= (usedSteps.get(principal) ?? -1)) return false;
  usedSteps.set(principal, step);
  return true;
}
