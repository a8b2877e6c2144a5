/** What is judged: an account or an MFA server profile, and the facts that a vendor states about it. */

import type { PersonKeys } from "./person.ts";

/**
 * What is judged: an account, by the vendor's own id, or an MFA server profile, by its location and name. `username` (of a
 * profile: its name) is data from outside: never a key, never printed raw.
 */
export interface Subject {
  readonly id: string;
  readonly username: string;
  readonly facts: Facts;
  /** The vendor's switch protects nobody without a registered device: on without one is never `enabled`. */
  readonly switchNeedsDevice?: true;
  /** It is an MFA server profile: this is what its verdict rests on, and `facts` are not asked for. */
  readonly profile?: ServerProfile;
  /** The vendor says that no person signs in with it. */
  readonly serviceAccount?: true;
  /** When anything of it was last changed, as the vendor writes it; absent where the vendor does not say. */
  readonly updatedAt?: string;
  /** The organisation holds this account's own credentials, and signs in with them to look at it and to change it. */
  readonly credentialHeld?: true;
  /** Whose account it is, by what the vendor's listing says; never printed, and recorded only as digests. */
  readonly personKeys?: PersonKeys;
}

/** What holds of every account of a vendor, whatever its facts are. */
export interface AccountTraits {
  /** As `Subject.switchNeedsDevice`. */
  readonly switchNeedsDevice?: true;
  /** The vendor may let an account sign in without its second factor for a while: `Facts.bypass` is there. */
  readonly mayBypass?: true;
}

/** What a vendor states about an account. */
export interface Facts {
  /** The account can sign in. */
  readonly active: Fact<boolean>;
  /** The vendor's MFA switch for this account is on. */
  readonly enabled: Fact<boolean>;
  readonly devices: Fact<readonly Device[]>;
  /** Whether the account may sign in without its second factor for a while. Absent where the vendor has no such thing. */
  readonly bypass?: Fact<MfaBypass>;
  readonly population: Fact<string>;
  readonly groups: Fact<readonly string[]>;
  /** ISO 8601. */
  readonly createdAt: Fact<string>;
}

export type FactName = keyof Facts;

/** What a vendor said about one thing, or why that is not known. An unknown fact never proves anything. */
export type Fact<T> = KnownFact<T> | { readonly known: false; readonly why: string };

interface KnownFact<T> {
  readonly known: true;
  readonly value: T;
  /** When it was read, where that was earlier than the observation it is part of; ISO 8601. */
  readonly readAt?: string;
  readonly caveat?: FactCaveat;
}

/** What a known fact does not show. `network`: more or fewer may show from another network than ours. */
export type FactCaveat = "network";

export const knownFact = <T>(value: T): Fact<T> => ({ known: true, value });

export const unknownFact = (why: string): Fact<never> => ({ known: false, why });

/** A fact that costs a call per subject and that nobody has needed yet: `Directory.complete` can find it out. */
export const NOT_ASKED: Fact<never> = { known: false, why: "not asked" };

/** One registered second factor. `method` is `unknown` for a kind or a state that this version does not know. */
export interface Device {
  readonly method: "sms" | "voice" | "email" | "whatsapp" | "totp" | "push" | "desktop" | "fido2" | "unknown";
  /** Activated, and neither blocked nor locked; of an `unknown` one nobody can say more than that it is not excluded. */
  readonly usable: boolean;
  /** Of an `unknown` one what the vendor said, like "of kind WATCH" or "with status PAUSED"; printable. */
  readonly unknownValue?: string;
  /** As its owner called it, where the vendor tells; data from outside. */
  readonly name?: string;
}

/** A vendor's permission for one account to sign in without its second factor. */
export interface MfaBypass {
  readonly active: boolean;
  /** When it ends, where the vendor tells; ISO 8601. */
  readonly until?: string;
}

/** An MFA server profile, compared by the vendor's file with what the policy wants. Names of fields only, never values. */
export interface ServerProfile {
  /** The policy names it. One that it does not name is reported, and never touched. */
  readonly wanted: boolean;
  readonly present: boolean;
  /** The vendor's own id of a wanted one, to write it by; absent where it has none. */
  readonly vendorId?: string;
  /** Names of the fields that are not as wanted, sorted; empty for one that is not wanted or not there. */
  readonly differs: readonly string[];
  /** Why it cannot be compared with what is wanted; absent where it can. */
  readonly unreadable?: string;
  /** An authentication profile names it. One that nothing names protects nothing. */
  readonly used: Fact<boolean>;
  /** Version of the secret that the profile should hold now. */
  readonly version: string;
  /** `adopt: true`: the secret may be written into a profile that nobody here ever wrote. */
  readonly adopt: boolean;
  /** Whether what is written is pushed live by us. */
  readonly pushed: boolean;
  /** A keyed digest of what the vendor shows in place of its secrets; absent where nothing is shown of them. */
  readonly masks?: string;
}
