/** What `init` asks about each vendor, and the lines that it writes of the answers. */

import { SECRET_PLACEHOLDER } from "../../lib/directories/index.ts";
import type { Collection } from "../../lib/model/index.ts";

export interface Question {
  readonly ask: string;
  /** Taken when nothing is answered; a blank that holds, or what most people have. */
  readonly usual: string;
}

export interface VendorTemplate {
  /** By the name of the flag that answers it. */
  readonly questions: Readonly<Record<string, Question>>;
  /** The vendor's own lines of the directory, indented by four. */
  lines(answers: Readonly<Record<string, string>>): string;
  /** What its administrators are in, in the example of a rule; a population unless given. */
  readonly administratorsIn?: Collection["kind"];
  /** Its secret, with blanks. */
  secret(answers: Readonly<Record<string, string>>): object;
}

const UUID = "00000000-0000-4000-8000-000000000000";
const quoted = (text: string | undefined) => JSON.stringify(text ?? "");

const pingone: VendorTemplate = {
  questions: {
    environment: { ask: "Environment id, a UUID", usual: UUID },
    region: { ask: "Region (com, eu, ca, asia, com.au, sg)", usual: "com" },
  },
  lines: ({ environment, region }) => `    environment: ${quoted(environment)}
    region: ${quoted(region)}                   # com, eu, ca, asia, com.au, sg`,
  secret: () => ({ clientId: SECRET_PLACEHOLDER, clientSecret: SECRET_PLACEHOLDER }),
};

const vmware: VendorTemplate = {
  questions: {
    principal: { ask: "User name of an account whose password your organisation holds", usual: "ops@example.com" },
    organization: { ask: "Organisation id, a UUID, to list all its users", usual: UUID },
  },
  lines: ({ principal, organization }) => `    organization: ${quoted(organization)}   # its other users are listed, too
    principals:                     # accounts whose credentials are in the secret; nobody else's MFA can be read
      - ${quoted(principal)}
      # - { username: ci@example.com, allowTokenLoss: true }   # switched on although nothing can sign in by its API token then`,
  secret: ({ principal = "" }) => ({
    principals: {
      [principal]: { apiToken: SECRET_PLACEHOLDER, password: SECRET_PLACEHOLDER, totpSeed: SECRET_PLACEHOLDER },
    },
  }),
};

const strata: VendorTemplate = {
  questions: {
    tenant: { ask: "Tenant service group id, digits", usual: "1234567890" },
    folder: { ask: "Folder of the profiles", usual: "Branch" },
    server: { ask: "Name of an MFA server profile", usual: "duo-prod" },
  },
  lines: ({ tenant, folder, server }) => `    tenant: ${quoted(tenant)}
    location: { folder: ${quoted(folder)} }    # or snippet, or device
    push: true                      # false leaves the candidate for a person to push
    adopt: false                    # true: write the secret once into a profile that nobody here wrote
    servers:                        # secrets are in the secret, never here
      - name: ${quoted(server)}
        certificateProfile: mfa-certificates
        duo_security_v2: { duo_api_host: api-1234abcd.duosecurity.com, duo_timeout: 30 }`,
  secret: ({ server = "" }) => ({
    clientId: SECRET_PLACEHOLDER,
    clientSecret: SECRET_PLACEHOLDER,
    servers: { [server]: { duo_integration_key: SECRET_PLACEHOLDER, duo_secret_key: SECRET_PLACEHOLDER } },
  }),
};

const entra: VendorTemplate = {
  administratorsIn: "group",
  questions: {
    tenant: { ask: "Directory (tenant) id, a UUID", usual: UUID },
    cloud: { ask: "Cloud (global, us-gov, us-gov-dod, china)", usual: "global" },
  },
  lines: ({ tenant, cloud }) => `    tenant: ${quoted(tenant)}
    cloud: ${quoted(cloud)}                 # global, us-gov, us-gov-dod, china
    # perUserMfa: true              # go by per-user MFA, and let it be changed, in a tenant without Conditional Access`,
  // Or privateKey and certificate, as PEM text, in place of clientSecret.
  secret: () => ({ clientId: SECRET_PLACEHOLDER, clientSecret: SECRET_PLACEHOLDER }),
};

const keycloak: VendorTemplate = {
  administratorsIn: "group",
  questions: {
    server: { ask: "Address of the server, what stands before /realms", usual: "https://sso.example.com" },
    realm: { ask: "Realm", usual: "acme" },
  },
  lines: ({ server, realm }) => `    server: ${quoted(server)}   # named in the secret under \`origins\`, too
    realm: ${quoted(realm)}
    # clientRealm: master           # where the client is registered; the realm itself unless given
    # action: webauthn-register     # what a change asks people to register; CONFIGURE_TOTP unless given`,
  secret: ({ server = "" }) => ({
    clientId: SECRET_PLACEHOLDER,
    clientSecret: SECRET_PLACEHOLDER,
    origins: [URL.parse(server)?.origin ?? server],
  }),
};

const okta: VendorTemplate = {
  administratorsIn: "group",
  questions: {
    org: { ask: "Address of the org, without -admin", usual: "https://acme.okta.com" },
    enrolmentGroup: { ask: "Id of the group that an enrollment policy requires MFA of", usual: "00g00000000000000000" },
  },
  lines: ({ org, enrolmentGroup }) => `    org: ${quoted(org)}
    enrolmentGroup: ${quoted(enrolmentGroup)}   # whoever is in it must register a second factor; docs/okta.md`,
  // Or apiToken in place of these three.
  secret: () => ({ clientId: SECRET_PLACEHOLDER, keyId: SECRET_PLACEHOLDER, privateKey: SECRET_PLACEHOLDER }),
};

/** By the name a policy gives the vendor; one for each of the registry. */
export const vendorTemplates: Readonly<Record<string, VendorTemplate>> = {
  entra,
  keycloak,
  okta,
  pingone,
  "vmware-csp": vmware,
  strata,
};
