/** Who there is in the simulated VMware Cloud Services: principals with their credentials, and plain users. */

/** An account with its own credentials, as a test may state it; what is left out follows from its name and the seed. */
export interface PrincipalSeed {
  username: string;
  password?: string;
  apiToken?: string;
  /** Base32. */
  totpSeed?: string;
  /** A device is registered; default true. */
  activated?: boolean;
  /** MFA is switched on; default false. */
  turnedOn?: boolean;
  deviceName?: string;
  /** It belongs to the organisation; default true. */
  member?: boolean;
  /** A service account: it can list users, and not use the MFA API; default false. */
  service?: boolean;
}

/** An account as it truly is, whatever a fault makes the API say about it. */
export interface Principal extends Required<PrincipalSeed> {
  userId: string;
  wrongPasswords: number;
  locked: boolean;
  /** Somebody else removed it. */
  gone: boolean;
}

export interface User {
  userId: string;
  username: string;
}

/** One line of a principal's own MFA log. */
export interface AuditEvent {
  action: string;
  details: { deviceName: string };
  eventDate: number;
  eventId: string;
  modifiedBy: string;
  username: string;
}
