/** Which MFA server profiles are in use: those that an authentication profile names and asks for MFA with. */

import * as v from "valibot";
import { type Fact, knownFact, omitUndefined, unknownFact } from "../../model/index.ts";
import { ifPresent } from "../fields.ts";
import { asCallFailure, type StrataApi } from "./api.ts";
import { readPages } from "./pages.ts";
import { authenticationProfileList } from "./schema.ts";

const AUTHENTICATION_PROFILES_PATH = "/authentication-profiles";

type Query = Readonly<Record<string, string>>;

export interface ProfileUse {
  /** Of the profiles that are in use. */
  readonly names: ReadonlySet<string>;
  /** Why there may be more of them. */
  readonly unreadable?: string;
}

/** @param query the location. Throws only what concerns more than the use of profiles. */
export async function readUse(api: StrataApi, query: Query, signal: AbortSignal): Promise<ProfileUse> {
  const profiles: AuthenticationProfile[] = [];
  try {
    const pages = readPages(api, useRequest(query, signal));
    for await (const { data } of pages) profiles.push(...data);
    return useOf(profiles);
  } catch (error) {
    const { code } = asCallFailure(error);
    return { names: new Set(), unreadable: `the authentication profiles cannot be read (${code})` };
  }
}

/** Reads one authentication profile, whichever it is. */
export async function probeUse(api: StrataApi, query: Query, signal: AbortSignal): Promise<void> {
  await api.call(useRequest({ ...query, limit: "1" }, signal));
}

const useRequest = (query: Query, signal: AbortSignal) =>
  ({
    api: "config",
    path: AUTHENTICATION_PROFILES_PATH,
    query,
    schema: authenticationProfileList,
    signal,
  }) as const;

interface AuthenticationProfile {
  readonly multi_factor_auth?: unknown;
}

const multiFactorAuth = ifPresent(
  v.object({
    mfa_enable: ifPresent(v.boolean()),
    factors: ifPresent(v.array(v.string())),
  }),
);

function useOf(profiles: readonly AuthenticationProfile[]): ProfileUse {
  const read = profiles.map(({ multi_factor_auth }) => v.safeParse(multiFactorAuth, multi_factor_auth));
  const names = read.flatMap(({ success, output }) => (success && output?.mfa_enable ? (output.factors ?? []) : []));
  const allRead = read.every(({ success }) => success);
  return omitUndefined({
    names: new Set(names),
    unreadable: allRead ? undefined : "an authentication profile cannot be read",
  });
}

export function useFact({ names, unreadable }: ProfileUse, name: string): Fact<boolean> {
  if (names.has(name)) return knownFact(true);
  return unreadable === undefined ? knownFact(false) : unknownFact(unreadable);
}
