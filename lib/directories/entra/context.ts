/** What the modules of this folder share for one open tenant. */

import type { EntraApi } from "./api.ts";
import type { RegistrationReport } from "./registration-report.ts";
import type { Tenant } from "./tenant.ts";

export interface EntraContext {
  readonly api: EntraApi;
  readonly tenant: Tenant;
  readonly report: RegistrationReport;
  /** Whether per-user MFA is what the policy goes by. */
  readonly perUserMfa: boolean;
}
