/** What the simulated vendors are set up with, and what they say about themselves when they start. */

import type { Wish } from "../../simulators/strata/index.ts";

/** What the simulators say about themselves when they start. */
export interface Simulated {
  readonly pingone: {
    readonly endpoints: { readonly api: string; readonly auth: string };
    readonly environment: string;
    readonly credentials: object;
  };
  readonly vmware: {
    readonly endpoints: { readonly api: string };
    readonly organization: string;
    readonly credentials: { readonly principals: Readonly<Record<string, object>>; readonly reader: object };
  };
  readonly strata: {
    readonly endpoints: { readonly api: string; readonly operations: string; readonly auth: string };
    readonly tenant: string;
    readonly location: { readonly folder?: string };
    readonly credentials: object;
    /** Profiles as a policy may want them. */
    readonly wishes: readonly Wish[];
  };
  /** Absent: there is none. */
  readonly entra?: {
    readonly endpoints: { readonly graph: string; readonly login: string };
    readonly tenant: string;
    readonly credentials: object;
  };
  /** Absent: there is none. */
  readonly keycloak?: { readonly server: string; readonly realm: string; readonly credentials: object };
  /** Absent: there is none. */
  readonly okta?: { readonly org: string; readonly enrolmentGroup: string; readonly credentials: object };
}

export interface SampleOptions {
  /** Over all directories. */
  readonly accounts: number;
  readonly seed: number;
  /** How many of the accounts are in the simulated Entra ID, Keycloak and Okta; none unless given. */
  readonly otherUsers?: number;
  /** The share of people whose MFA is on, from 0 to 1; 0.9 unless given. */
  readonly mfaEnabledShare?: number;
  /** How many changes a run may make; as many as there are accounts unless given. */
  readonly changesPerRun?: number;
  /** Who may approve a plan; nobody unless given. */
  readonly approvers?: readonly string[];
  /** Whether they may approve what they started themselves; not unless given. */
  readonly selfApproval?: boolean;
}

export interface SampleFiles {
  readonly policy: string;
  readonly secrets: string;
  /** The address of somebody with accounts in several directories. */
  readonly person?: string;
}

const MFA_ENABLED_SHARE = 0.9;
export const mfaEnabledShare = (options: SampleOptions): number => options.mfaEnabledShare ?? MFA_ENABLED_SHARE;
/** Users of the simulated VMware organisation whose MFA nobody can read. */
export const VMWARE_USERS = 40;
/** People of the simulated Keycloak realm. */
export const KEYCLOAK_USERS = 20;
const VMWARE_PRINCIPALS = 3;
export const pingoneAccounts = ({ accounts, otherUsers = 0 }: SampleOptions): number =>
  accounts - VMWARE_USERS - VMWARE_PRINCIPALS - otherUsers;
/** As in the sample policy. */
export const DIRECTORIES = {
  pingone: "workforce",
  vmware: "vmware",
  strata: "firewalls",
  entra: "office",
  keycloak: "staff",
  /** As in `examples/okta.yaml`, too. */
  okta: "acme",
} as const;
