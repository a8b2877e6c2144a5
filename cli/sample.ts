/** A policy and a secrets file for a simulated PingOne, with the ids of its own people in it. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Person, seedPeople } from "../simulators/pingone-people.ts";
import { makeFolder } from "./stack.ts";
import { schemaHint } from "./template.ts";

/** What a simulator says about itself when it starts. */
export interface Simulated {
  readonly endpoints: { readonly api: string; readonly auth: string };
  readonly environment: string;
  readonly credentials: { readonly clientId: string; readonly clientSecret: string };
}

export interface Crowd {
  readonly accounts: number;
  readonly seed: number;
}

export interface SampleFiles {
  readonly policy: string;
  readonly secrets: string;
}

/** The share of simulated people whose MFA is on. */
export const SHARE = 0.9;
const DIRECTORY = "workforce";
const DAY = 86_400_000;

/** Writes both files into `folder`; the secrets for the owner's eyes only. */
export function writeSample(folder: string, simulated: Simulated, crowd: Crowd): SampleFiles {
  makeFolder(folder, "folder", "--out");
  const files = { policy: join(folder, "policy.yaml"), secrets: join(folder, "secrets.json") };
  writeFileSync(files.policy, samplePolicy(folder, simulated, crowd));
  writeFileSync(files.secrets, `${JSON.stringify({ [DIRECTORY]: simulated.credentials }, null, 2)}\n`, { mode: 0o600 });
  return files;
}

function samplePolicy(folder: string, { endpoints, environment }: Simulated, crowd: Crowd): string {
  const people = seedPeople({ seed: crowd.seed, now: Date.now(), mfaEnabledShare: SHARE });
  const [administrators, service] = [people.populations[2]?.id ?? "", people.groups[0]?.id ?? ""];
  const early = Array.from({ length: Math.min(crowd.accounts, 5_000) }, (_, index) => people.describe(index));
  const plain = early.filter(({ enabled, username, email }) => enabled && username === email);
  const chiefs = plain.filter(({ population }) => population === administrators).slice(0, 2);
  const waiting = plain.filter((person) => needsExemption(person, administrators, service)).slice(0, 2);
  return `${schemaHint(folder)}
version: 1
directories:
  - id: ${DIRECTORY}
    vendor: pingone
    environment: ${environment}
    region: com
    mode: enforce
    endpoints: { api: "${endpoints.api}", auth: "${endpoints.auth}" }   # the simulator
rules:                              # the first that matches binds
${chiefs.length > 0 ? breakGlass(chiefs) : ""}  - name: service
    match: { groups: [${DIRECTORY}/${service}] }
    require: none
    reason: No person signs in; keys are rotated by the vault
  - name: administrators
    match: { populations: [${DIRECTORY}/${administrators}] }
    require: phishing-resistant
  - name: everyone
    match: all
    require: enabled
    grace: 7d                       # from an account's creation
${waiting.length > 0 ? `exemptions:\n${waiting.map(exemption).join("")}` : ""}limits:
  changesPerRun: { count: ${Math.max(500, crowd.accounts)}, percent: 25 }
  changesPerDay: ${Math.max(1000, 2 * crowd.accounts)}
`;
}

const needsExemption = (
  { mfaEnabled, population, groups, createdAt }: Person,
  administrators: string,
  service: string,
) =>
  !mfaEnabled &&
  population !== administrators &&
  !groups.includes(service) &&
  Date.parse(createdAt) < Date.now() - 30 * DAY;

const account = ({ id, username }: Person) => `{ id: ${DIRECTORY}/${id}, username: ${JSON.stringify(username)} }`;

const breakGlass = (people: readonly Person[]) => `  - name: break-glass
    match:
      accounts:
${people.map((person) => `        - ${account(person)}\n`).join("")}    require: phishing-resistant
    enforce: never                  # only report
`;

const day = (at: number) => new Date(at).toISOString().slice(0, 10);

const exemption = (person: Person) => `  - account: ${account(person)}
    reason: Hardware key on order
    ticket: SEC-1234
    approvedBy: ciso@example.com
    control: Sign-in limited to the office network
    from: ${day(Date.now() - DAY)}
    until: ${day(Date.now() + 30 * DAY)}
`;
