/** What there is in the simulated PingOne: accounts with their devices, populations and groups. */

/** A population or a group. */
export interface Named {
  id: string;
  name: string;
}

/** A device as a test may state it; what is left out is filled in when it is shown. `status`: ACTIVE, ACTIVATION_REQUIRED. */
export interface Device {
  type: string;
  status: string;
  id?: string;
  block?: { status: string };
  lock?: { status: string; expiresAt?: string };
  createdAt?: string;
}

/** An account without its devices. `population` and `groups` hold ids, times are ISO 8601 in UTC. */
export interface Person {
  id: string;
  index: number;
  username: string;
  email: string;
  given: string;
  family: string;
  enabled: boolean;
  mfaEnabled: boolean;
  population: string;
  groups: string[];
  createdAt: string;
  updatedAt: string;
  /** Until when it may sign in without MFA; ISO 8601 in UTC. Absent, or in the past: it may not. */
  bypassUntil?: string;
}

/** An account as it truly is, whatever a fault makes the API say about it. */
export interface User extends Person {
  devices: Device[];
}
