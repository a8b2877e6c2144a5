/** Realms of a real server: people, some with one-time passwords, groups, and the client that the product signs in as. */

import { randomUUID } from "node:crypto";
import { CANARY } from "../../tenant.ts";
import type { RealKeycloak } from "./server.ts";

/** A one-time password's secret as the tests know it, in the text that Keycloak stores. */
export const OTP_SECRET = "JBSWY3DPEHPK3PXP";
export const PASSWORD = "a password for tests";
export const CLIENT_ID = "mfa-warden";
const ROLES = ["view-users", "manage-users", "view-realm", "view-events"];

interface PersonOptions {
  readonly hasOtp?: boolean;
  readonly hasPassword?: boolean;
  readonly group?: string;
}

export interface RealmOptions {
  /** Of `n` from 0. */
  person(n: number): PersonOptions;
  readonly people: number;
  /** Roles of the client; default: all that the product asks for. */
  readonly roles?: readonly string[];
}

export interface RealRealm {
  readonly name: string;
  /** A person's id by number. */
  readonly ids: readonly string[];
  /** As a policy and a secret say it. @param pageSize users a page */
  directory(pageSize: number): { readonly settings: object; readonly secret: Readonly<Record<string, unknown>> };
  /** Below the realm. */
  admin: RealKeycloak["admin"];
  remove(): Promise<void>;
}

export const personName = (n: number): string => `person.${String(n).padStart(3, "0")}`;

/** Makes a realm by one import, as an administrator would. */
export async function createRealm(server: RealKeycloak, options: RealmOptions): Promise<RealRealm> {
  const name = `realm-${randomUUID()}`;
  const { people, roles = ROLES } = options;
  await server.admin("POST", "", {
    realm: name,
    enabled: true,
    eventsEnabled: true,
    adminEventsEnabled: true,
    groups: [{ name: "staff", subGroups: [{ name: "admins" }] }, { name: "robots" }],
    clients: [serviceClient(), webClient()],
    users: [...Array.from({ length: people }, (_, n) => personOf(n, options.person(n))), serviceAccount(roles)],
  });
  const { body } = await server.admin("GET", `/${name}/users?max=1000`);
  const idByName = new Map<string, string>(
    body.map((user: { username: string; id: string }) => [user.username, user.id]),
  );
  return {
    name,
    ids: Array.from({ length: people }, (_, n) => idByName.get(personName(n)) ?? ""),
    directory: (pageSize) => ({
      settings: { server: server.origin, realm: name, pageSize },
      secret: { clientId: CLIENT_ID, clientSecret: CANARY },
    }),
    admin: (method, path, sent) => server.admin(method, `/${name}${path}`, sent),
    remove: async () => void (await server.admin("DELETE", `/${name}`)),
  };
}

const serviceClient = () => ({
  clientId: CLIENT_ID,
  secret: CANARY,
  serviceAccountsEnabled: true,
  publicClient: false,
  standardFlowEnabled: false,
});

/** Where people sign in. */
const webClient = () => ({ clientId: "web", publicClient: true, redirectUris: ["http://127.0.0.1/*"] });

const serviceAccount = (roles: readonly string[]) => ({
  username: `service-account-${CLIENT_ID}`,
  enabled: true,
  serviceAccountClientId: CLIENT_ID,
  clientRoles: { "realm-management": roles },
});

function personOf(n: number, { hasOtp = false, hasPassword = false, group = "/staff" }: PersonOptions): object {
  const username = personName(n);
  const otp = {
    type: "otp",
    userLabel: "phone",
    secretData: JSON.stringify({ value: OTP_SECRET }),
    credentialData: JSON.stringify({ subType: "totp", digits: 6, counter: 0, period: 30, algorithm: "HmacSHA1" }),
  };
  return {
    username,
    enabled: true,
    email: `${username}@example.com`,
    firstName: "Person",
    lastName: `${n}`,
    groups: [group],
    // Hashing a password takes long; only who signs in needs one.
    credentials: [...(hasPassword ? [{ type: "password", value: PASSWORD }] : []), ...(hasOtp ? [otp] : [])],
  };
}
