/** What there is in the simulated org: users with their factors, groups, policies and event hooks. */

import type { Document } from "../shared/answers.ts";

export interface Factor {
  id: string;
  factorType: string;
  status: string;
  provider: string;
}

/** A user as it truly is. Times are ISO 8601 in UTC. */
export interface User {
  id: string;
  login: string;
  email: string;
  employeeNumber?: string;
  status: string;
  created: string;
  lastUpdated: string;
  factors: Factor[];
  /** Ids of the groups that it was put into. */
  groups: string[];
}

export interface Group {
  id: string;
  name: string;
  /** OKTA_GROUP, APP_GROUP or BUILT_IN: everybody is in the last one. */
  type: string;
}

/** As the API shows it, with its rules. */
export interface Policy {
  id: string;
  type: string;
  document: Document;
  rules: Document[];
}

export interface EventHook {
  id: string;
  status: string;
  verificationStatus: string;
  name: string;
  events: Document;
  uri: string;
  key: string;
  value: string;
}

/** One line of the System Log. */
export interface LogLine {
  uuid: string;
  at: string;
  eventType: string;
  /** Absent: it is about the org. */
  user?: string | undefined;
}
