/** The text of a policy for the simulated vendors, with the ids of their own people in it. */

import { type People, type Person, seedPeople } from "../../simulators/pingone/index.ts";
import { schemaHint } from "../init/template.ts";
import {
  DIRECTORIES,
  mfaEnabledShare,
  pingoneAccounts,
  type SampleOptions,
  type Simulated,
} from "./sample-settings.ts";

const DIRECTORY = DIRECTORIES.pingone;
const DAY_MS = 86_400_000;

/** @param folder where the policy will be */
export function samplePolicy(folder: string, simulated: Simulated, options: SampleOptions): string {
  const people = seedPeople({ seed: options.seed, now: Date.now(), mfaEnabledShare: mfaEnabledShare(options) });
  const [administrators, service] = [people.populations[2]?.id ?? "", people.groups[0]?.id ?? ""];
  const early = Array.from({ length: Math.min(pingoneAccounts(options), 5_000) }, (_, index) => people.describe(index));
  const plain = early.filter(({ enabled, username, email }) => enabled && username === email);
  const chiefs = plain.filter((person) => isReady(people, person, administrators)).slice(0, 2);
  const waiting = plain.filter((person) => needsExemption(person, administrators, service)).slice(0, 2);
  return `${schemaHint(folder)}
version: 1
directories:
${pingoneLines(simulated.pingone)}
${vmwareLines(simulated.vmware)}
${strataLines(simulated.strata)}
${otherLines(simulated)}rules:                              # the first that matches binds
${chiefs.length > 0 ? breakGlass(chiefs) : ""}  - name: service
    match: { groups: [${DIRECTORY}/${service}] }
    require: none
    reason: No person signs in; keys are rotated by the vault
  - name: administrators
    match: { populations: [${DIRECTORY}/${administrators}] }
    require: phishing-resistant
${sharedAccounts(simulated.vmware)}  - name: everyone
    match: all
    require: enabled
    grace: 7d                       # from an account's creation
${waiting.length > 0 ? `exemptions:\n${waiting.map(exemption).join("")}` : ""}${
  chiefs.length > 0
    ? `breakGlass:
${chiefs.map((person) => `  - ${account(person)}\n`).join("")}`
    : ""
}people:                             # whose accounts in several directories are one person's
  by: [email]
  patterns:
    - { match: "*-adm@example.com", as: "*@example.com" }   # administrators have a second account
limits:
  changesPerRun: { count: ${options.changesPerRun ?? Math.max(500, options.accounts)}, percent: 25 }
  changesPerDay: ${Math.max(1000, 2 * options.accounts)}
${options.approvers ? approvalLine(options.approvers, options.selfApproval) : ""}`;
}

const approvalLine = (approvers: readonly string[], self = false) =>
  `approval: { approvers: ${JSON.stringify(approvers)}${self ? ", self: true" : ""} }\n`;

const pingoneLines = ({ endpoints, environment }: Simulated["pingone"]) => `  - id: ${DIRECTORIES.pingone}
    vendor: pingone
    environment: ${environment}
    region: com
    mode: enforce
    endpoints: { api: "${endpoints.api}", auth: "${endpoints.auth}" }   # the simulator`;

const vmwareLines = ({ endpoints, organization, credentials }: Simulated["vmware"]) => `  - id: ${DIRECTORIES.vmware}
    vendor: vmware-csp
    organization: ${organization}
    mode: enforce
    principals: [${Object.keys(credentials.principals).join(", ")}]   # the only ones whose MFA can be read
    endpoints: { api: "${endpoints.api}" }`;

/** Nobody has joined as these: they get no time to comply. */
const sharedAccounts = ({ credentials }: Simulated["vmware"]) => `  - name: shared accounts
    match:
      accounts:
${Object.keys(credentials.principals)
  .map((username) => `        - { id: ${DIRECTORIES.vmware}/${username} }\n`)
  .join("")}    require: registered
`;

function strataLines({ endpoints, tenant, location, wishes }: Simulated["strata"]): string {
  const servers = wishes.slice(0, 1).map(({ name, certificateProfile, kind, shown }) => {
    const fields = Object.entries(shown).map(([field, value]) => `${field}: ${JSON.stringify(value)}`);
    return `      - name: ${name}
        certificateProfile: ${certificateProfile}
        ${kind}: { ${fields.join(", ")} }`;
  });
  return `  - id: ${DIRECTORIES.strata}
    vendor: strata
    tenant: "${tenant}"
    location: { folder: ${JSON.stringify(location.folder)} }
    mode: enforce
    servers:                        # MFA server profiles as they are to be; their secrets are elsewhere
${servers.join("\n")}
    endpoints: { api: "${endpoints.api}", operations: "${endpoints.operations}", auth: "${endpoints.auth}" }`;
}

const otherLines = ({ entra, keycloak, okta }: Simulated) =>
  (entra ? entraLines(entra) : "") + (keycloak ? keycloakLines(keycloak) : "") + (okta ? oktaLines(okta) : "");

const entraLines = ({ endpoints, tenant }: NonNullable<Simulated["entra"]>) => `  - id: ${DIRECTORIES.entra}
    vendor: entra
    tenant: ${tenant}
    mode: enforce
    perUserMfa: true                # go by per-user MFA, and change it
    endpoints: { graph: "${endpoints.graph}", login: "${endpoints.login}" }
`;

const keycloakLines = ({ server, realm }: NonNullable<Simulated["keycloak"]>) => `  - id: ${DIRECTORIES.keycloak}
    vendor: keycloak
    server: ${server}
    realm: ${realm}
    mode: enforce                   # whoever has no second factor is asked for one at the next sign-in
`;

const oktaLines = ({ org, enrolmentGroup }: NonNullable<Simulated["okta"]>) => `  - id: ${DIRECTORIES.okta}
    vendor: okta
    org: ${org}
    enrolmentGroup: ${enrolmentGroup}   # an enrollment policy requires a second factor of its members
    mode: enforce                   # whoever is not in the group is put into it
`;

const needsExemption = (
  { mfaEnabled, population, groups, createdAt }: Person,
  administrators: string,
  service: string,
) =>
  !mfaEnabled &&
  population !== administrators &&
  !groups.includes(service) &&
  Date.parse(createdAt) < Date.now() - 30 * DAY_MS;

const account = ({ id, username }: Person) => `{ id: ${DIRECTORY}/${id}, username: ${JSON.stringify(username)} }`;

/** Whether an administrator has MFA on, and a FIDO2 device that works. */
const isReady = (people: People, { index, mfaEnabled, population }: Person, administrators: string) =>
  mfaEnabled &&
  population === administrators &&
  people.devicesOf(index).some(({ type, status, block }) => type === "FIDO2" && status === "ACTIVE" && !block);

const breakGlass = (people: readonly Person[]) => `  - name: break-glass
    match:
      accounts:
${people.map((person) => `        - ${account(person)}\n`).join("")}    require: phishing-resistant
`;

const day = (at: number) => new Date(at).toISOString().slice(0, 10);

const exemption = (person: Person) => `  - account: ${account(person)}
    reason: Hardware key on order
    ticket: SEC-1234
    approvedBy: ciso@example.com
    control: Sign-in limited to the office network
    owner: iam@example.com
    from: ${day(Date.now() - DAY_MS)}
    until: ${day(Date.now() + 30 * DAY_MS)}
`;
