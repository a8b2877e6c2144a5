/** A policy file is read whole or refused with every error in its place, and nothing it may contain crashes the reader. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import fc from "fast-check";
import { schemaText } from "../../cli/init/policy-schema.ts";
import { parsePolicy } from "../../lib/policy-file/index.ts";
import { errorsOf, vendors, written } from "../policy/samples.ts";

const EVERYONE = "rules: [{ name: everyone, match: all, require: enabled }]\n";
const DIRECTORY = `version: 1
directories:
  - id: workforce
    vendor: pingone
    environment: abfba8f6-49eb-49f5-a5d9-80ad5c98f9f6
    region: com
`;
const ruled = (rules: string) => `${DIRECTORY}rules:\n${rules}`;
const exempting = (...exemptions: string[]) =>
  `${DIRECTORY}${EVERYONE}exemptions:\n${exemptions.map((each) => `  - { account: { id: workforce/1 }, reason: x, ${each}, ticket: SEC-1, approvedBy: ciso@example.com, control: Office network only, owner: iam@example.com }\n`).join("")}`;
const placed = (text: string) => errorsOf(text).map(({ line, column, message }) => `${line}:${column} ${message}`);

describe("a bad policy file gets its line and column", () => {
  const table: [what: string, text: string, ...errors: RegExp[]][] = [
    ["empty", "", /^1:1 .*empty/],
    ["only a comment", "# later\n", /^1:1 .*empty/],
    ["no mapping", "- 1\n", /^1:1 The policy file: a list is not a mapping/],
    ["not YAML", "version: 1\nrules: [\n", /^3:1 This is not valid YAML/],
    ["not YAML, tabs", "version: 1\nrules:\n\t- a\n", /^3:1 This is not valid YAML/],
    ["an anchor and an alias", "version: &one 1\nrules: *one\n", /^1:15 An anchor/, /^2:8 An alias/],
    ["a tag", "version: !!int 1\n", /^1:16 A tag/],
    ["a tag on a mapping", "version: 1\nlimits: !limits {}\n", /^2:9 .*YAML/, /^2:17 A tag/],
    ["a merge key", "version: 1\n<<: { rules: [] }\n", /^2:1 A merge key/],
    [
      "a key twice, and what else is wrong",
      `${DIRECTORY}    region: eu\n    colour: red\n    colour: blue\n${EVERYONE}`,
      /^7:5 The key region stands here a second time/,
      /^8:5 directories\[0\]\.colour: unknown key/,
      /^9:5 The key colour stands here a second time/,
    ],
    [
      "a rule for a directory that is not there",
      ruled("  - { name: a, match: { directories: [workforce, partner] }, require: enabled }\n"),
      /^8:\d+ rules\[0\]\.match\.directories\[1\]: there is no directory "partner"/,
    ],
    [
      "a rule whose directories and groups never meet",
      ruled(
        "  - { name: a, match: { directories: [workforce], groups: [workforce/1] }, require: enabled }\n  - { name: b, match: { directories: [other], groups: [workforce/1] }, require: enabled }\n",
      ),
      /^9:\d+ rules\[1\]\.match: never binds anybody/,
      /^9:\d+ rules\[1\]\.match\.directories\[0\]: there is no directory/,
    ],
    [
      "people joined by nothing, by a key twice, and by patterns that say two things, nothing, or a star too many",
      `${DIRECTORY}${EVERYONE}people:\n  by: [email, email]\n  patterns:\n    - { match: "*-adm", as: "*", alone: true }\n    - { match: "a*" }\n    - { match: "*a*", as: "*" }\n    - { match: "a*", as: "b" }\n    - { match: "s-*", alone: true, directories: [other] }\n  exceptions: ../people.yaml\n`,
      /^9:\d+ people\.by: .*names one key twice/,
      /^11:\d+ people\.patterns\[0\].*either `as` or `alone: true`/,
      /^12:\d+ people\.patterns\[1\].*either `as` or `alone: true`/,
      /^13:\d+ people\.patterns\[2\].*both of `match` and `as`/,
      /^13:\d+ people\.patterns\[2\]\.match: .*one \* at most/,
      /^14:\d+ people\.patterns\[3\].*both of `match` and `as`/,
      /^15:\d+ people\.patterns\[4\]\.directories\[0\]: there is no directory "other"/,
      /^16:\d+ people\.exceptions: .*beside the policy file/,
    ],
    [
      "administrators with two keys in an entry, and of a directory that is not there",
      `${DIRECTORY}${EVERYONE}administrators:\n  - { group: workforce/1, usernames: "*-adm" }\n  - { population: other/1 }\n  - { account: { id: other/1 } }\n  - { groups: workforce/1 }\n  - { usernames: "*" }\n`,
      /^9:\d+ administrators\[0\].*must have exactly one of group, population, account, usernames/,
      /^10:\d+ administrators\[1\]\.population: there is no directory "other"/,
      /^11:\d+ administrators\[2\]\.account\.id: there is no directory "other"/,
      /^12:\d+ administrators\[3\]: a mapping must have exactly one/,
      /^12:\d+ administrators\[3\]\.groups: unknown key/,
      /^13:\d+ administrators\[4\]\.usernames: .*matches every user name/,
    ],
    [
      "a team's receiver that is not there, and an address that nobody says how to write to",
      ruled(
        "  - { name: a, match: all, require: enabled }\nnotify: { receivers: { iam: { by: slack } }, plan: { to: [iam, soc, jane@example.com] }, administrators: { to: [iam] } }\n",
      ),
      /^\d+:\d+ notify\.plan: needs `notices`/,
      /^\d+:\d+ notify\.plan\.to\[1\]: .*none of notify\.receivers/,
      /^\d+:\d+ notify\.administrators: needs `administrators`/,
    ],
    [
      "a rule that tells people where nobody says how",
      ruled("  - { name: a, match: all, require: enabled, notify: { before: 7d } }\n"),
      /^8:\d+ rules\[0\]\.notify: needs `notices`/,
    ],
    [
      "notices in words that are not there, with a placeholder that there is not, and a last day that is the first",
      ruled(
        "  - { name: a, match: all, require: enabled, notify: { before: 36h, lastDay: true, template: x } }\nnotices: { by: webhook, url: http://example.com, templates: { y: { subject: a, text: '{password}' } } }\n",
      ),
      /^8:\d+ rules\[0\]\.notify\.lastDay: .*at least 2d/,
      /^8:\d+ rules\[0\]\.notify\.template: .*none of notices\.templates/,
      /^9:\d+ notices\.url: .*neither an https address/,
      /^9:\d+ notices\.templates\.y\.text: .*placeholder that there is not; known: \{user\}/,
    ],
    [
      "a zone that is an offset under a name",
      `${DIRECTORY}${EVERYONE}timezone: EST\n`,
      /^8:11 timezone: "EST" is a fixed offset .* America\/New_York/,
    ],
    [
      "a zone of Etc that is an offset",
      `${DIRECTORY}${EVERYONE}timezone: Etc/GMT-1\n`,
      /^8:11 timezone: "Etc\/GMT-1" is a fixed offset .* Europe\/Berlin/,
    ],
    [
      "a reason that a number sign cuts short",
      ruled(
        "  - { name: a, match: all, require: enabled }\nexemptions:\n  - account: { id: workforce/1 }\n    from: 2026-11-01\n    until: 2026-11-20\n    ticket: SEC-1\n    approvedBy: ciso@example.com\n    control: x\n    owner: y\n    reason: Key on order, ticket #42\n",
      ),
      /^17:13 This ends before "#42", .* quotes/,
    ],
    ["a key that is a list", "[a]: 1\n", /^1:1 A key must be a plain word/],
    ["two documents", `${DIRECTORY}${EVERYONE}---\nversion: 1\n`, /^8:1 .*a second one begins/],
    ["another YAML version", "%YAML 1.1\n---\nversion: 1\n", /^1:1 A %YAML directive/],
    [
      "an unknown key",
      `${DIRECTORY}${EVERYONE}colour: red\n`,
      /^8:1 colour: unknown key; known here: version, timezone,/,
    ],
    ["a key __proto__", `${DIRECTORY}${EVERYONE}__proto__: { a: 1 }\n`, /^8:1 __proto__: unknown key/],
    [
      "several unknown keys",
      `${DIRECTORY}    toString: 1\n    mod: enforce\n${EVERYONE}`,
      /^7:5 .*toString: unknown/,
      /^8:5 .*mod: unknown/,
    ],
    ["an unknown version", `${DIRECTORY}${EVERYONE}`.replace("1", "2"), /^1:10 version: 2 is not one of 1$/],
    ["no rules", DIRECTORY, /^1:1 rules: is missing$/],
    [
      "a value left empty",
      `${DIRECTORY}    mode:\n${EVERYONE}`,
      /^7:10 directories\[0\].mode: nothing is not one of observe, enforce$/,
    ],
    [
      "an unknown time zone",
      `${DIRECTORY}${EVERYONE}timezone: Europe/Atlantis\n`,
      /^8:11 timezone: "Europe\/Atlantis" is not a known/,
    ],
    [
      "two directories of one id",
      `${written(EVERYONE)}`.replace("partners", "workforce"),
      /^7:9 directories\[1\].id: directories\[0\] has the same id$/,
    ],
    [
      "a directory called all",
      `${DIRECTORY}${EVERYONE}`.replace("workforce", "all"),
      /^3:9 directories\[0\].id: "all" must not be "all"/,
    ],
    [
      "an unknown vendor",
      `${DIRECTORY}    mode: never\n${EVERYONE}`.replace("pingone", "pingtwo"),
      /^4:13 directories\[0\].vendor: "pingtwo" is not one of (?:[a-z-]+, )*pingone\b/,
      /^7:11 .*mode: "never" is not one of observe, enforce$/,
    ],
    [
      "an unknown region",
      `${DIRECTORY}${EVERYONE}`.replace("com", "uk"),
      /^6:13 directories\[0\].region: "uk" is not one of com, eu, ca, asia, com.au, sg$/,
    ],
    [
      "no UUID",
      `${DIRECTORY}${EVERYONE}`.replace("abfba8f6", "abf"),
      /^5:18 directories\[0\].environment: "abf-.*" is not a UUID$/,
    ],
    [
      "plain http",
      `${DIRECTORY}    endpoints: { api: http://proxy.example.com, auth: http://localhost:81/as }\n${EVERYONE}`,
      /^7:23 directories\[0\].endpoints.api: .*https/,
    ],
    [
      "a date that is none",
      ruled("  - { name: a, match: all, require: enabled, from: 2026-02-30 }\n"),
      /^8:52 rules\[0\].from: "2026-02-30" is not a day of the calendar$/,
    ],
    [
      "a date in words",
      ruled("  - { name: a, match: all, require: enabled, from: tomorrow }\n"),
      /^8:52 .*is not a day written like/,
    ],
    [
      "a duration that is none",
      ruled("  - { name: a, match: all, require: enabled, grace: 0d }\n"),
      /^8:53 .*grace: "0d" is not a whole number from 1/,
    ],
    [
      "a rule after all",
      ruled(
        "  - { name: a, match: all, require: enabled }\n  - { name: b, match: { usernames: [x] }, require: enabled }\n",
      ),
      /^9:23 rules\[1\].match: never binds anybody: rules\[0\] before/,
    ],
    [
      "a rule twice",
      ruled(
        "  - { name: a, match: { usernames: [x, y] }, require: enabled }\n  - { name: b, match: { usernames: [Y, x] }, require: registered }\n",
      ),
      /^9:23 rules\[1\].match: repeats the match of rules\[0\]/,
    ],
    [
      "a rule name twice",
      ruled(
        "  - { name: a, match: { usernames: [x] }, require: enabled }\n  - { name: a, match: all, require: enabled }\n",
      ),
      /^9:13 rules\[1\].name: rules\[0\] has the same name$/,
    ],
    [
      "keys about different directories",
      written(
        "rules:\n  - { name: a, match: { groups: [workforce/1], populations: [partners/1] }, require: enabled }\n",
      ),
      /^12:23 rules\[0\].match: never binds anybody: its keys/,
    ],
    [
      "no key to match",
      ruled("  - { name: a, match: {}, require: enabled }\n"),
      /^8:23 rules\[0\].match: .*must have a key/,
    ],
    [
      "nothing to match",
      ruled("  - { name: a, match: { groups: [] }, require: enabled }\n"),
      /^8:33 rules\[0\].match.groups: .*must not be empty$/,
    ],
    [
      "a name for everyone",
      ruled("  - { name: a, match: { usernames: ['*'] }, require: enabled }\n"),
      /^8:37 .*matches every user name/,
    ],
    [
      "an unknown directory",
      ruled("  - { name: a, match: { groups: [work/1] }, require: enabled }\n"),
      /^8:34 rules\[0\].match.groups\[0\]: there is no directory "work"; known here: "workforce"$/,
    ],
    [
      "an id without a directory",
      ruled("  - { name: a, match: { accounts: [{ id: '123' }] }, require: enabled }\n"),
      /^8:42 .*is not of the form directory\/id$/,
    ],
    [
      "nothing required without a reason",
      ruled("  - { name: a, match: all, require: none }\n"),
      /^8:5 rules\[0\].reason: is missing; `require: none` needs one$/,
    ],
    ["an exemption without an end", exempting("from: 2026-01-01"), /^9:5 exemptions\[0\].until: is missing$/],
    [
      "one that ends before it begins",
      exempting("from: 2026-01-02, until: 2026-01-01"),
      /^9:73 exemptions\[0\].until: 2026-01-01 is before/,
    ],
    [
      "one that is too long",
      exempting("from: 2026-01-01, until: 2026-04-01"),
      /^9:73 exemptions\[0\].until: lasts 91 days; limits.exemptionDays allows 90$/,
    ],
    [
      "overlapping ones",
      exempting("from: 2026-01-10, until: 2026-01-20", "from: 2026-01-01, until: 2026-01-10"),
      /^9:54 exemptions\[0\].from: overlaps exemptions\[1\] of the same account$/,
    ],
    [
      "one that nobody answers for",
      `${DIRECTORY}${EVERYONE}exemptions: [{ account: { id: workforce/1 }, reason: x, from: 2026-01-01, until: 2026-01-02 }]\n`,
      /^8:14 exemptions\[0\].ticket: is missing$/,
      /^8:14 exemptions\[0\].approvedBy: is missing$/,
      /^8:14 exemptions\[0\].control: is missing$/,
      /^8:14 exemptions\[0\].owner: is missing$/,
    ],
    [
      "one that the exempted person allowed, under her mail address",
      exempting("from: 2026-01-01, until: 2026-01-02")
        .replace("workforce/1", "workforce/1, username: Jane@Example.com")
        .replace("ciso@example.com", "jane@partner.example"),
      /^9:\d+ exemptions\[0\].approvedBy: is the exempted person; somebody else must allow it$/,
    ],
    [
      "one of an unknown directory",
      exempting("from: 2026-01-01, until: 2026-01-02").replace("workforce/1", "x/1"),
      /^9:22 exemptions\[0\].account.id: there is no directory "x"/,
    ],
    ["a list for a mapping", `${DIRECTORY}${EVERYONE}limits: []\n`, /^8:9 limits: a list is not a mapping/],
    [
      "a limit of nothing",
      `${DIRECTORY}${EVERYONE}limits: { changesPerRun: { count: 0, percent: 101 } }\n`,
      /^8:35 .*count: 0 is less than 1$/,
      /^8:47 .*percent: 101 is more than 100$/,
    ],
    [
      "a break-glass account without a user name",
      `${DIRECTORY}${EVERYONE}breakGlass: [{ id: workforce/1 }]\n`,
      /^8:14 breakGlass\[0\].username: is missing$/,
    ],
    [
      "one of an unknown directory, and one given twice",
      `${DIRECTORY}${EVERYONE}breakGlass: [{ id: x/1, username: a }, { id: workforce/A, username: b }, { id: workforce/a, username: c }]\n`,
      /^8:20 breakGlass\[0\].id: there is no directory "x"/,
      /^8:80 breakGlass\[2\].id: breakGlass\[1\] is the same account$/,
    ],
    [
      "a freeze that ends before it begins, without a reason, of an unknown directory",
      `${DIRECTORY}${EVERYONE}freeze:\n  - { from: 2026-01-02, until: 2026-01-01, reason: x }\n  - { from: 2026-01-02, until: 2026-02-30 }\n  - { from: 2026-01-02, until: 2026-01-03, reason: x, directories: [y] }\n`,
      /^9:32 freeze\[0\].until: 2026-01-01 is before its `from`, 2026-01-02$/,
      /^10:5 freeze\[1\].reason: is missing$/,
      /^10:32 freeze\[1\].until: "2026-02-30" is not a day of the calendar$/,
      /^11:69 freeze\[2\].directories\[0\]: there is no directory "y"/,
    ],
    [
      "a schedule of an unknown directory",
      `${DIRECTORY}${EVERYONE}deploy: { schedules: [{ cron: 0 3 * * ? *, directories: [x] }] }\n`,
      /^8:58 deploy.schedules\[0\].directories\[0\]: there is no directory "x"/,
    ],
    [
      "a schedule as cron(8) writes it",
      `${DIRECTORY}${EVERYONE}deploy: { schedules: [{ cron: 0 3 * * * }] }\n`,
      /^8:31 deploy.schedules\[0\].cron: .*is not six EventBridge cron fields/,
    ],
    [
      "a place that AWS does not have",
      `${DIRECTORY}${EVERYONE}deploy: { region: Frankfurt, account: 111122223333 }\n`,
      /^8:19 deploy.region: "Frankfurt" is not a region of AWS, like eu-central-1$/,
      /^8:39 deploy.account: 111122223333 is not a text$/,
    ],
    [
      "an account that is none",
      `${DIRECTORY}${EVERYONE}deploy: { account: "1111-2222-3333" }\n`,
      /^8:20 deploy.account: "1111-2222-3333" is not 12 digits in quotes, like "111122223333"$/,
    ],
    [
      "a network, a boundary, tags and a table that AWS cannot have",
      `${DIRECTORY}${EVERYONE}deploy:
  vpc: { subnets: [sg-0123456789abcdef0], securityGroups: [] }
  permissionsBoundary: boundary
  tags: { "aws:owner": me }
  ledgerTable: a/b
`,
      /^9:20 deploy.vpc.subnets\[0\]: "sg-0123456789abcdef0" is not an id of AWS, like subnet-0123456789abcdef0$/,
      /^9:59 deploy.vpc.securityGroups: a list must not be empty$/,
      /^10:24 deploy.permissionsBoundary: "boundary" is not the ARN of an IAM policy$/,
      /^11:24 deploy\.tags\["aws:owner"\]: "aws:owner" is not a key that AWS allows$/,
      /^12:16 deploy.ledgerTable: "a\/b" is not the name of a DynamoDB table$/,
    ],
  ];
  for (const [what, text, ...errors] of table)
    test(what, () => {
      const found = placed(text);
      assert.equal(found.length, errors.length, found.join("\n"));
      for (const [index, error] of errors.entries()) assert.match(found[index] ?? "", error);
    });

  test("all of them at once, in the order of the file", () => {
    const text = table
      .filter(([what]) => ["an unknown region", "a date that is none", "an unknown time zone"].includes(what))
      .map(([, text]) => text);
    assert.equal(text.length, 3);
    const errors = placed(
      `timezone: Mars/Crater\n${DIRECTORY}`.replace("region: com", "region: uk") +
        "rules: [{ name: a, match: all, require: none, from: 2026-02-30 }]\n",
    );
    assert.deepEqual(
      errors.map((error) => error.split(" ")[0]),
      ["1:11", "7:13", "8:9", "8:53"],
    );
  });

  test("a file that is too long or too deep is refused, soon", () => {
    assert.match(placed(`a: ${"x".repeat(5_000_000)}`)[0] ?? "", /^1:1 .*longer than/);
    assert.match(placed("[".repeat(1_000_000))[0] ?? "", /^1:41 .*nested more than 40/);
    assert.match(placed(`${"- ".repeat(100_000)}x`)[0] ?? "", /nested more than 40/);
    assert.match(placed("{a: ".repeat(100_000))[0] ?? "", /nested more than 40/);
  });

  test("the file's name goes along", () => {
    const read = parsePolicy("", vendors, "policy.yaml");
    assert.ok("errors" in read);
    assert.equal(read.errors[0]?.file, "policy.yaml");
  });
});

describe("a secret in a policy file is an error that does not repeat it", () => {
  for (const [text, place] of [
    ["    clientSecret: hunter2\n", "7:5"],
    ["    client_secret: hunter2\n", "7:5"],
    ["    password: hunter2\n", "7:5"],
    ["    apiToken: hunter2\n", "7:5"],
    ["    token: hunter2\n", "7:5"],
    ["    duo_secret_key: hunter2\n", "7:5"],
    ["    ping_use_base64_key: hunter2\n", "7:5"],
    ["    totpSeed: hunter2\n", "7:5"],
    ["    secret: { clientId: x, clientSecret: hunter2 }\n", "7:28"],
    ["    endpoints: { api: 'https://me:hunter2@example.com', auth: https://example.com }\n", "7:23"],
    ["    note: 'see https://hunter2@example.com'\n", "7:11"],
  ] as const)
    test(text.trim(), () => {
      const errors = errorsOf(`${DIRECTORY}${text}${EVERYONE}`);
      assert.ok(errors.some(({ line, column, code }) => code === "ERR_POLICY_SECRET" && `${line}:${column}` === place));
      assert.doesNotMatch(JSON.stringify(errors), /hunter2/);
    });

  test("nor is one repeated that stands where its name should, or where YAML goes wrong", () => {
    for (const text of [
      "    secret: hunter2 hunter2\n",
      "    endpoints: { api: 'ftp://x/?hunter2' }\n",
      "  hunter2\n",
      "    a: 'hunter2\n",
    ])
      assert.doesNotMatch(JSON.stringify(errorsOf(`${DIRECTORY}${text}${EVERYONE}`)), /hunter2/);
  });

  test("the name of a secret is none", () => {
    assert.ok("policy" in parsePolicy(`${DIRECTORY}    secret: prod/ping-1\n${EVERYONE}`, vendors));
  });
});

describe("whatever the text, the reader answers", () => {
  const answers = (text: string) => {
    const read = parsePolicy(text, vendors);
    if ("policy" in read) return;
    assert.ok(read.errors.length > 0);
    for (const { line, column, message } of read.errors) {
      assert.ok(line >= 1 && column >= 1, `${line}:${column}`);
      assert.doesNotMatch(message, /\p{Cc}/u);
    }
  };

  test("any characters", () => {
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 200 }), answers), { numRuns: 1000 });
  });

  test("characters that mean something in YAML", () => {
    const unit = fc.constantFrom(
      ..."{}[]:,-?&*!|>'\"%@`#~<= \n\t\\0a.ée_",
      "__proto__",
      "<<",
      "---",
      "...",
      "!!",
      "version: 1\n",
      "rules:\n  - ",
    );
    fc.assert(
      fc.property(
        fc.array(unit, { maxLength: 60 }).map((parts) => parts.join("")),
        answers,
      ),
      { numRuns: 3000 },
    );
  });

  test("any values in the places of good ones", () => {
    const keys = fc.constantFrom(
      "version",
      "directories",
      "rules",
      "exemptions",
      "limits",
      "deploy",
      "match",
      "account",
      "id",
      "vendor",
      "endpoints",
      "from",
      "until",
      "require",
      "__proto__",
      "constructor",
    );
    const leaf = fc.constantFrom(
      null,
      true,
      1,
      -1,
      1.5,
      "",
      "all",
      "pingone",
      "none",
      "2026-01-01",
      "workforce/1",
      "x\u001b[31m",
    );
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        leaf,
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(keys, tie("value"), { maxKeys: 5 }),
      ),
    }));
    fc.assert(
      fc.property(value, (value) => answers(JSON.stringify(value))),
      { numRuns: 2000 },
    );
  });

  test("a good file with a piece cut out, doubled or put elsewhere", () => {
    const good = `${exempting("from: 2026-01-01, until: 2026-01-20")}limits: { changesPerDay: 5 }\n`;
    const position = fc.nat(good.length);
    fc.assert(
      fc.property(position, position, position, (from, to, target) =>
        answers(`${good.slice(0, target)}${good.slice(from, to)}${good.slice(Math.max(target, to))}`),
      ),
      { numRuns: 1500 },
    );
  });
});

test("a directory may say how many accounts it has at the least; the vendor's settings do not hold it", () => {
  const parsed = parsePolicy(`${DIRECTORY.trimEnd()}\n    expect: { accounts: 5 }\n${EVERYONE}`, vendors);
  assert.ok("policy" in parsed);
  const { directories } = parsed.policy;
  assert.deepEqual(directories[0]?.expect, { accounts: 5 });
  assert.ok(!Object.hasOwn(Object(directories[0]?.settings), "expect"));
  assert.deepEqual(placed(`${DIRECTORY.trimEnd()}\n    expect: { accounts: 0 }\n${EVERYONE}`).length, 1);
});

test("policy.schema.json is what the grammar says; `node cli/init/policy-schema.ts` writes it", () => {
  assert.equal(readFileSync(new URL("../../policy.schema.json", import.meta.url), "utf8"), schemaText());
});

describe("a policy file that is one long text is read to its end", () => {
  // Where the time grows with the square of the length, this does not end within the hour.
  const LENGTH = 2_000_000;
  for (const [what, unit] of [
    ["letters", "a"],
    ["addresses without an end", "a://"],
    ["addresses with a login and no host", "a://b"],
    ["at signs", "@"],
  ] as const)
    test(`of ${what}`, () => {
      const text = unit.repeat(LENGTH / unit.length);
      assert.match(placed(`${DIRECTORY}${EVERYONE}colour: "${text}"\n`)[0] ?? "", /colour: unknown key/);
    });

  test("and a login at its end is found", () => {
    const text = `${"a://b ".repeat(100_000)}https://jane:hunter2@example.com`;
    assert.match(placed(`${DIRECTORY}${EVERYONE}colour: "${text}"\n`)[0] ?? "", /contains a secret/);
  });
});

describe("the file of exceptions of people", () => {
  const POLICY = `${DIRECTORY}${EVERYONE}people: { by: [username], exceptions: people.yaml }\n`;

  const errorsIn = (exceptions: string | undefined) => {
    const read = parsePolicy(POLICY, vendors, "policy.yaml", () => exceptions);
    assert.ok("errors" in read, "it was accepted");
    return read.errors.map(({ file, line, column, message }) => `${file}:${line}:${column} ${message}`);
  };

  test("is refused with its own name, line and column", () => {
    const errors = errorsIn(`version: 1
exceptions:
  - person: jane
    accounts: [{ id: other/1 }, { id: workforce/A }]
  - accounts: [{ id: workforce/a }]
  - { person: jane, alone: true, accounts: [] }
`);
    const expected = [
      /^people\.yaml:4:\d+ exceptions\[0\]\.accounts\[0\]\.id: there is no directory "other"/,
      /^people\.yaml:5:\d+ exceptions\[1\].*either `person` or `alone: true`/,
      /^people\.yaml:5:\d+ exceptions\[1\]\.accounts\[0\]\.id: names an account that stands above already/,
      /^people\.yaml:6:\d+ exceptions\[2\]/,
      /^people\.yaml:6:\d+ exceptions\[2\]\.person: exceptions\[0\] is about the same person/,
      /^people\.yaml:6:\d+ exceptions\[2\]\.accounts: .*must not be empty/,
    ];
    assert.equal(errors.length, expected.length, errors.join("\n"));
    for (const [index, says] of expected.entries()) assert.match(errors[index] ?? "", says);
  });

  test("that is not there is an error of the policy that names it", () => {
    const [error, ...more] = errorsIn(undefined);
    assert.match(error ?? "", /^policy\.yaml:8:\d+ people\.exceptions: there is no such file/);
    assert.deepEqual(more, []);
  });
});
