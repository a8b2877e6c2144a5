/** Policies that the checks deploy. */

export const POLICY = `version: 1
timezone: Europe/Berlin
directories:
  - id: workforce
    vendor: pingone
    environment: abfba8f6-49eb-49f5-a5d9-80ad5c98f9f6
    region: eu
    mode: enforce
  - id: partners
    vendor: pingone
    environment: 5a1c0de0-1111-4222-8333-444455556666
    region: com
    secret: partners/pingone
rules:
  - { name: everyone, match: all, require: enabled }
notices: { by: webhook, url: "https://hooks.example.com/mfa" }
notify: { receivers: { iam: { by: slack, secret: chat/iam } }, plan: { to: [iam] } }
people: { by: [email] }
deploy:
  region: eu-central-1
  account: "735291846013"
  schedules:
    - { cron: "0 3 * * ? *" }
    - { cron: "30 */6 * * ? *", timezone: America/New_York, directories: [partners] }
  logRetentionDays: 100
  evidenceRetentionDays: 2555
  alarmAddress: security@example.com
  chatWebhook: chat
`;

/** And everything that a company's own AWS may ask for. */
export const POLICY_OF_COMPANY = `${POLICY.replace(/notices:.*/, "notices: { by: ses, from: security@example.com }")}  reportRetentionDays: 60
  ledgerTable: restored-ledger
  vpc: { subnets: [subnet-0123456789abcdef0, subnet-0123456789abcdef1], securityGroups: [sg-0123456789abcdef0] }
  permissionsBoundary: arn:aws:iam::735291846013:policy/boundary
  tags: { cost-center: "4711" }
`;

/** And a vendor that sends no webhooks. */
export const POLICY_WITH_POLL = POLICY.replace(
  "rules:",
  `  - id: staff
    vendor: keycloak
    server: https://sso.example.com
    realm: acme
rules:`,
);
