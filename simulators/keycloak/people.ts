/** What there is in the simulated Keycloak realm: users with their credentials, and groups. */

/** A credential without its secret. `type`: password, otp, webauthn, webauthn-passwordless, recovery-authn-codes, … */
export interface Credential {
  id: string;
  type: string;
  userLabel?: string;
  /** Milliseconds since 1970. */
  createdDate: number;
}

export interface User {
  id: string;
  username: string;
  email: string;
  firstName: string;
  lastName: string;
  enabled: boolean;
  /** Milliseconds since 1970. */
  createdTimestamp: number;
  requiredActions: string[];
  credentials: Credential[];
  /** Ids of the groups that it was put into. */
  groups: string[];
  attributes: Record<string, string[]>;
  /** Another store keeps it. */
  federationLink?: string;
  /** That store takes no changes. */
  readOnly?: boolean;
  /** It is the account of a client. The API shows that nowhere. */
  isService?: boolean;
}

/** `parentId`: of the group above it. */
export interface Group {
  id: string;
  name: string;
  path: string;
  parentId?: string;
}
