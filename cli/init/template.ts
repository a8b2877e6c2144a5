/** The commented policy that `init` writes, and the shape of the secrets that go with it. */

import { dirname, relative, resolve, sep } from "node:path";
import type { Collection } from "../../lib/model/index.ts";
import { productFile } from "../product.ts";
import { safe } from "../terminal/safe-text.ts";
import { type VendorTemplate, vendorTemplates } from "./vendor-template.ts";

const SCHEMA = productFile("policy.schema.json");

/** The line by which editors check and complete the file. @param folder where the policy file will be */
export function schemaHint(folder: string): string {
  const path = relative(resolve(folder), SCHEMA).split(sep).join("/");
  return `# yaml-language-server: $schema=${path.startsWith(".") ? path : `./${path}`}`;
}

export interface Answers {
  readonly id: string;
  readonly vendor: string;
  readonly mode: string;
  /** To the vendor's own questions. */
  readonly own: Readonly<Record<string, string>>;
  /** Of a simulator, as YAML. */
  readonly endpoints?: string;
  /** What was chosen of what the vendor listed. */
  readonly tenant?: TenantAnswers;
}

export interface TenantAnswers {
  readonly accounts?: number;
  readonly administrators?: Collection;
  /** Accounts that no person signs in with. */
  readonly service?: Collection;
}

const NO_TEMPLATE: VendorTemplate = { questions: {}, lines: () => "", secret: () => ({}) };
export const templateOf = (vendor: string): VendorTemplate =>
  Object.hasOwn(vendorTemplates, vendor) ? (vendorTemplates[vendor] ?? NO_TEMPLATE) : NO_TEMPLATE;

/** @param out path of the policy file */
export const policyText = (out: string, answers: Answers): string => `${schemaHint(dirname(out))}
# What must hold, for whom, from when, and what may be done about it. \`doctor\` checks it against the vendor.
version: 1
# timezone: Europe/Berlin           # days below are meant in it; UTC unless given

directories:
${directoryText(answers)}
${rulesText(answers)}
${exemptionsText(answers)}
${limitsText(answers)}
${breakGlassText(answers)}`;

/** One directory of the policy's list. */
export const directoryText = ({
  id,
  vendor,
  mode,
  own,
  endpoints,
}: Answers) => `  - id: ${JSON.stringify(id)}                 # your name for it; also the name of its secret
    vendor: ${JSON.stringify(vendor)}
${templateOf(vendor).lines(own)}
${endpoints === undefined ? "" : `    endpoints: ${endpoints}\n`}    mode: ${JSON.stringify(mode)}               # observe: only report; enforce: also change what is wrong
`;

const rulesText = (
  answers: Answers,
) => `rules:                              # the first that matches an account binds it
  # Accounts that must work when nothing else does: judged here, and protected by breakGlass below.
  # - name: break-glass
  #   match: { accounts: [ { id: ${answers.id}/05ad3cc6-8723-4f85-9711-05ad549717f6, username: break-glass-1@example.com } ] }
  #   require: phishing-resistant
${serviceRule(answers)}${administratorsRule(answers)}  - name: everyone
    match: all
    require: enabled
    grace: 7d                       # from an account's creation
    withoutDevice: skip             # enforce: switch MFA on even for who has no device, and may so be locked out
`;

const serviceRule = ({ id, tenant }: Answers) =>
  ruleText(
    tenant?.service,
    `- name: service
  match: ${matchText(id, tenant?.service ?? { kind: "group", id: "7e0d1b7c-0f63-4a0a-9d55-3f1f5f0c2a11" })}
  require: none
  reason: No person signs in; keys are rotated by the vault
`,
  );

const administratorsRule = ({ id, vendor, tenant }: Answers) => {
  const { administratorsIn = "population" } = templateOf(vendor);
  const example = { kind: administratorsIn, id: "4f2c7f0e-55cd-4c7e-8c8a-5a0b1c6d7e8f" };
  return ruleText(
    tenant?.administrators,
    `- name: administrators
  match: ${matchText(id, tenant?.administrators ?? example)}
  require: registered           # MFA on and a usable device; phishing-resistant asks for FIDO2
  enrolWithin: 14d
`,
  );
};

/** Only an example where nothing was chosen for it. */
const ruleText = (chosen: Collection | undefined, text: string): string =>
  text.replace(/^(?=.)/gm, chosen === undefined ? "  # " : "  ");

const NAME_WIDTH = 60;

const matchText = (directory: string, { kind, id, name }: Omit<Collection, "name"> & { readonly name?: string }) =>
  `{ ${kind}s: [${directory}/${id}] }${name === undefined ? "" : `   # ${safe(name, NAME_WIDTH)}`}`;

const exemptionsText = ({ id }: Answers) => `# exemptions:                       # by id, with an end
#   - account: { id: ${id}/0d6c64d6-2c1b-4f0a-9c8f-0a4c7e1b2d3f, username: jane@example.com }
#     reason: Hardware key on order
#     ticket: SEC-1234
#     approvedBy: ciso@example.com
#     control: Sign-in limited to the office network
#     owner: iam@example.com
#     from: 2026-11-01
#     until: 2026-12-15
`;

const breakGlassText = ({
  id,
}: Answers) => `# breakGlass:                       # never changed, whatever a rule says; list at least two
#   - { id: ${id}/05ad3cc6-8723-4f85-9711-05ad549717f6, username: break-glass-1@example.com }
#   - { id: ${id}/1b7e2a44-0c1d-4c0f-8c55-2f1f1d3e5a60, username: break-glass-2@example.com }
`;

/** A tenth of the accounts, and never so few that a small tenant cannot be changed at all. */
const changesPerRun = (accounts: number) => Math.min(500, Math.max(10, Math.ceil(accounts / 10)));

const limitsText = ({ tenant }: Answers) => `limits:                             # more than this waits for a person
  changesPerRun: { count: ${changesPerRun(tenant?.accounts ?? 5_000)}, percent: 10 }${tenant?.accounts === undefined ? "" : `   # of ${tenant.accounts} accounts when this was written`}
  changesPerDay: 1000
  exemptionDays: 90
  exemptions: { percent: 2 }
`;

/** The directory's secret with a placeholder for each field. */
export const exampleSecrets = ({ id, vendor, own }: Answers): object => ({ [id]: templateOf(vendor).secret(own) });

/** A secrets file with nothing else in it. */
export const secretsText = (answers: Answers): string => `${JSON.stringify(exampleSecrets(answers), null, 2)}\n`;
