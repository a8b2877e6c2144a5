/** API tokens, passcodes and access tokens of the simulated VMware Cloud Services. */

import { randomBytes } from "node:crypto";
import type { Accounts, Principal } from "./accounts.ts";
import { type Answer, answerOk, answerProblem, showGrant } from "./answers.ts";
import { passcodeOf, stepAt } from "./totp.ts";

/** Who holds an access token. */
export type Holder = { kind: "principal"; principal: Principal } | { kind: "reader" };

export interface Tokens {
  /** Exchanges an API token; a passcode is asked for where the account has MFA. */
  exchange(form: URLSearchParams, refusePasscode: boolean): Answer;
  holder(accessToken: string | undefined): Holder | undefined;
  /** Whose API token or access token it is; for the call log. */
  nameOf(token: string | undefined): string | undefined;
  /** Makes every access token given out so far useless. */
  revoke(): void;
}

const reader: Holder = { kind: "reader" };

/** Each access token is good for `lifetime` seconds. @param readerToken an API token that can only list users */
export function keepTokens(settings: {
  accounts: Accounts;
  readerToken: string;
  lifetime: number;
  now: () => number;
}): Tokens {
  const { accounts, readerToken, lifetime, now } = settings;
  const given = new Map<string, { holder: Holder; ends: number }>();
  const used = new Map<Principal, number>();

  /** One step late is allowed (RFC 6238 section 5.2); a code of a step that was used, or of one before it, is not. */
  function takePasscode(principal: Principal, passcode: string): boolean {
    const current = stepAt(now());
    const step = [current, current - 1, current + 1].find((one) => passcodeOf(principal.totpSeed, one) === passcode);
    if (step === undefined || step <= (used.get(principal) ?? -1)) return false;
    used.set(principal, step);
    return true;
  }

  function holderOf(apiToken: string): Holder | undefined {
    if (apiToken === readerToken) return reader;
    const principal = accounts.principals.find((one) => one.apiToken === apiToken && !one.gone);
    return principal && { kind: "principal", principal };
  }

  function challenge(principal: Principal, passcode: string | null, refuse: boolean): Answer | undefined {
    if (!principal.activated || !principal.turnedOn) return undefined;
    if (passcode === null) return answerProblem(400, "mfa.required", "A passcode is required.");
    const good = !refuse && takePasscode(principal, passcode);
    accounts.record(good ? "MFA_AUTHENTICATION_SUCCESS" : "MFA_AUTHENTICATION_FAILURE", principal);
    return good ? undefined : answerProblem(400, "mfa.passcode.invalid", "The passcode is wrong or was used before.");
  }

  return {
    exchange: (form, refusePasscode) => {
      const apiToken = form.get("api_token") ?? "";
      const holder = holderOf(apiToken);
      if (!holder) return answerProblem(400, "token.invalid", "The API token is invalid or has expired.");
      if (holder.kind === "principal") {
        const problem = challenge(holder.principal, form.get("passcode"), refusePasscode);
        if (problem) return problem;
      }
      const accessToken = randomBytes(24).toString("base64url");
      given.set(accessToken, { holder, ends: now() + lifetime * 1000 });
      return answerOk(showGrant(accessToken, lifetime, apiToken));
    },
    holder: (accessToken = "") => {
      const found = given.get(accessToken);
      return found && now() < found.ends ? found.holder : undefined;
    },
    nameOf: (token = "") => {
      const holder = given.get(token)?.holder ?? holderOf(token);
      return holder?.kind === "principal" ? holder.principal.username : holder?.kind;
    },
    revoke: () => given.clear(),
  };
}
