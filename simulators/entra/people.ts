/** What there is in the simulated tenant: users with their methods, groups, and Conditional Access policies. */

/** A user as it truly is. Times are ISO 8601 in UTC. */
export interface User {
  id: string;
  userPrincipalName: string;
  displayName: string;
  mail: string | null;
  employeeId: string | null;
  accountEnabled: boolean;
  /** `Member` or `Guest`; older users have none. */
  userType: string | null;
  /** `Invitation` for who was invited. */
  creationType: string | null;
  createdDateTime: string;
  /** `disabled`, `enabled` or `enforced`. */
  perUserMfaState: string;
  /** As the registration report names them. */
  methods: string[];
  /** In place of what follows from the methods. */
  isMfaCapable?: boolean;
  isPasswordlessCapable?: boolean;
  /** Ids of all groups, also by way of other groups. */
  groups: string[];
  /** Whether the registration report has caught up with it. */
  inReport: boolean;
  /** When it was deleted; for 30 days it can be restored. */
  deletedDateTime?: string;
}

export type Patch = Partial<Omit<User, "id">>;

export interface Group {
  id: string;
  displayName: string;
}

/** A Conditional Access policy, as Graph shows it. */
export interface AccessPolicy {
  state: string;
  [field: string]: unknown;
}

/** A subscription to changes of users, as Graph shows it. */
export interface Subscription extends Record<string, unknown> {
  id: string;
  resource: string;
  changeType: string;
  clientState: string;
  notificationUrl: string;
  lifecycleNotificationUrl: string | null;
  expirationDateTime: string;
}

/** One line of the audit log. */
export interface AuditLine {
  at: string;
  activity: string;
  user: string;
}
