/** The authentication flows and required actions of a new realm, as Keycloak 26.7 makes them. */

export interface Execution {
  id: string;
  requirement: string;
  displayName: string;
  requirementChoices: string[];
  configurable: boolean;
  level: number;
  index: number;
  priority: number;
  providerId?: string;
  authenticationFlow?: boolean;
  flowId?: string;
  authenticationConfig?: string;
}

export interface RequiredAction {
  alias: string;
  name: string;
  providerId: string;
  enabled: boolean;
  defaultAction: boolean;
  priority: number;
  config: Record<string, string>;
}

/** A row of a flow: level, requirement, and the authenticator, or what a flow inside is called. */
export type FlowRow = [level: number, requirement: string, provider: string, config?: string];

/** The id of the settings of the condition in the browser flow. */
const CONDITION_CONFIG = "722866ba-3d32-4843-9fa1-9b05536feb53";

const BROWSER: FlowRow[] = [
  [0, "ALTERNATIVE", "auth-cookie"],
  [0, "DISABLED", "auth-spnego"],
  [0, "ALTERNATIVE", "identity-provider-redirector"],
  [0, "ALTERNATIVE", "flow Organization"],
  [1, "CONDITIONAL", "flow Browser - Conditional Organization"],
  [2, "REQUIRED", "conditional-user-configured"],
  [2, "ALTERNATIVE", "organization"],
  [0, "ALTERNATIVE", "flow forms"],
  [1, "REQUIRED", "auth-username-password-form"],
  [1, "CONDITIONAL", "flow Browser - Conditional 2FA"],
  [2, "REQUIRED", "conditional-user-configured"],
  [2, "REQUIRED", "conditional-credential", CONDITION_CONFIG],
  [2, "ALTERNATIVE", "auth-otp-form"],
  [2, "DISABLED", "webauthn-authenticator"],
  [2, "DISABLED", "auth-recovery-authn-code-form"],
];

const DIRECT_GRANT: FlowRow[] = [
  [0, "REQUIRED", "direct-grant-validate-username"],
  [0, "REQUIRED", "direct-grant-validate-password"],
  [0, "CONDITIONAL", "flow Direct Grant - Conditional OTP"],
  [1, "REQUIRED", "conditional-user-configured"],
  [1, "REQUIRED", "direct-grant-validate-otp"],
];

/** By their aliases. */
export const usualFlows = (): Map<string, Execution[]> =>
  new Map([
    ["browser", createFlow(BROWSER)],
    ["direct grant", createFlow(DIRECT_GRANT)],
  ]);

/** Rows as the API lists them. */
export function createFlow(rows: FlowRow[]): Execution[] {
  return rows.map(([level, requirement, provider, config], n) => {
    const flow = /^flow (.+)$/.exec(provider)?.[1];
    return {
      id: `execution-${n}`,
      requirement,
      displayName: flow ?? provider,
      requirementChoices: ["REQUIRED", "ALTERNATIVE", "DISABLED"],
      configurable: config !== undefined,
      level,
      index: n,
      priority: 10 * n,
      ...(flow === undefined ? { providerId: provider } : { authenticationFlow: true, flowId: `flow-${n}` }),
      ...(config === undefined ? {} : { authenticationConfig: config }),
    };
  });
}

const ACTIONS: [alias: string, enabled: boolean][] = [
  ["TERMS_AND_CONDITIONS", false],
  ["UPDATE_PROFILE", true],
  ["VERIFY_EMAIL", true],
  ["CONFIGURE_TOTP", true],
  ["UPDATE_PASSWORD", true],
  ["webauthn-register", true],
  ["webauthn-register-passwordless", true],
  ["CONFIGURE_RECOVERY_AUTHN_CODES", true],
];

export const usualActions = (): RequiredAction[] =>
  ACTIONS.map(([alias, enabled], n) => ({
    alias,
    name: alias,
    providerId: alias,
    enabled,
    defaultAction: false,
    priority: 10 * n,
    config: {},
  }));
