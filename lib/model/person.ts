/** How accounts of several directories are known to be one person's. */

/** What a vendor says of whose account it is, in its own listing. Recorded only as digests, and only where the policy asks for it. */
export interface PersonKeys {
  readonly email?: string;
  readonly employeeNumber?: string;
}

/** What accounts may be joined by; what is surest comes first. */
export const JOIN_KEYS = ["employeeNumber", "email", "username"] as const;

export type JoinKey = (typeof JOIN_KEYS)[number];

/**
 * What an account is joined by with those of other directories, as the evidence keeps it: 96-bit digests in base64url. That of a user
 * name is a plain SHA-256, since the name stands beside it; the others are keyed, and tell nothing to whoever has not the key.
 */
export interface JoinKeys extends Readonly<Partial<Record<JoinKey, string>>> {
  /** Digest of the person's name in the exceptions; then there are no other keys. */
  readonly named?: string;
  /** The policy says that this is a further account of its person, so that it may stand beside another one of its directory. */
  readonly further?: true;
  /** The policy says that it belongs together with no other account. */
  readonly alone?: true;
  /** An exception names it by its id, and its user name is no longer the one given there. */
  readonly renamed?: true;
}
