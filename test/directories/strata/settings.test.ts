/** What a policy file and a secret may say of a Strata tenant, property by property, and what is said of a wrong one. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { openDirectory, vendors } from "../../../lib/directories/index.ts";
import { WardenError } from "../../../lib/errors.ts";
import { parsePolicy } from "../../../lib/policy-file/index.ts";
import { CANARY } from "../tenant.ts";

const settings = Object.fromEntries(Object.entries(vendors).map(([name, vendor]) => [name, vendor.settings]));
const RULES = "\nrules: [{ name: everyone, match: all, require: enabled }]\n";

/** JSON is YAML. */
const policy = (directory: object) =>
  parsePolicy(
    `version: 1\ndirectories: [${JSON.stringify({ id: "firewalls", vendor: "strata", ...directory })}]${RULES}`,
    settings,
  );

function complaints(directory: object): string[] {
  const read = policy(directory);
  return "errors" in read ? read.errors.map(({ code, message }) => `${code} ${message}`) : [];
}

const GOOD: Record<string, Record<string, unknown>> = {
  okta_adaptive_v1: { okta_api_host: "example.okta.com", okta_org: "example" },
  ping_identity_v1: { ping_api_host: "idpxnyl3m.pingidentity.com", ping_org_alias: "12345678" },
  rsa_securid_access_v1: {},
  duo_security_v2: { duo_api_host: "api-00000000.duosecurity.com" },
};
const serverOf = (kind: string, more: object = {}) => ({
  ...{ name: "main", certificateProfile: "certs" },
  [kind]: { ...GOOD[kind], ...more },
});
const wanting = (server: object, more: object = {}) => ({
  ...{ tenant: "1234567890", location: { folder: "Mobile Users" }, servers: [server] },
  ...more,
});

describe("a policy", () => {
  test("may want any of the four kinds, at a folder, a snippet or a device", () => {
    for (const kind of Object.keys(GOOD)) assert.deepEqual(complaints(wanting(serverOf(kind))), []);
    const whole = { rsa_api_host: "a.securid.com", rsa_baseuri: "/mfa/v1_1", rsa_accessid: "12345678" };
    const rsa = serverOf("rsa_securid_access_v1", { ...whole, rsa_assurancepolicyid: "All", rsa_timeout: 5 });
    for (const location of [{ folder: "A b-c_d.e" }, { snippet: "x".repeat(64) }, { device: "007" }])
      assert.deepEqual(
        complaints(wanting(rsa, { location, push: false, admin: "me", adopt: true, mode: "enforce" })),
        [],
      );
  });

  /** Property, the last value that is too little or too much, and the first that is not. */
  const limits: [kind: string, property: string, bad: unknown, good: unknown, says: RegExp][] = [
    ["okta_adaptive_v1", "okta_api_host", "123.56789", "123.567890", /shorter than 10/],
    ["okta_adaptive_v1", "okta_baseuri", "/", "/a", /shorter than 2/],
    ["okta_adaptive_v1", "okta_org", "", "a", /shorter than 1/],
    ["okta_adaptive_v1", "okta_timeout", 4, 5, /less than 5/],
    ["okta_adaptive_v1", "okta_timeout", 601, 600, /more than 600/],
    ["ping_identity_v1", "ping_api_host", "12345678901.345", "12345678901.3456", /shorter than 16/],
    ["ping_identity_v1", "ping_baseuri", "/", "/a", /shorter than 2/],
    ["ping_identity_v1", "ping_org_alias", "1234567", "12345678", /shorter than 8/],
    ["ping_identity_v1", "ping_timeout", 601, 600, /more than 600/],
    ["rsa_securid_access_v1", "rsa_api_host", "123.56789", "123.567890", /shorter than 10/],
    ["rsa_securid_access_v1", "rsa_baseuri", "/", "/a", /shorter than 2/],
    ["rsa_securid_access_v1", "rsa_accessid", "1234567", "12345678", /shorter than 8/],
    ["rsa_securid_access_v1", "rsa_assurancepolicyid", "ab", "abc", /shorter than 3/],
    ["rsa_securid_access_v1", "rsa_timeout", 5.5, 5, /not a whole number/],
    ["duo_security_v2", "duo_api_host", "12345678901.345", "12345678901.3456", /shorter than 16/],
    ["duo_security_v2", "duo_api_host", "https://api-0.duosecurity.com", "api-0.duosecurity.com", /not a host name/],
    ["duo_security_v2", "duo_baseuri", "/", "/a", /shorter than 2/],
    ["duo_security_v2", "duo_timeout", 4, 5, /less than 5/],
  ];
  for (const [kind, property, bad, good, says] of limits) {
    test(`keeps to the limits of ${property}: ${good}, and not ${bad}`, () => {
      assert.deepEqual(complaints(wanting(serverOf(kind, { [property]: good }))), []);
      const [complaint = "", ...more] = complaints(wanting(serverOf(kind, { [property]: bad })));
      assert.ok(complaint.startsWith(`ERR_POLICY_INVALID directories[0].servers[0].${kind}.${property}: `), complaint);
      assert.match(complaint, says);
      assert.deepEqual(more, []);
    });
  }

  test("must say what has no default", () => {
    const required: Record<string, string[]> = {
      okta_adaptive_v1: ["okta_api_host", "okta_org"],
      ping_identity_v1: ["ping_api_host", "ping_org_alias"],
      duo_security_v2: ["duo_api_host"],
    };
    for (const [kind, properties] of Object.entries(required))
      for (const property of properties) {
        const [complaint = ""] = complaints(wanting(serverOf(kind, { [property]: undefined })));
        assert.match(complaint, new RegExp(`${property}: is missing`));
      }
  });

  const secrets: [kind: string, property: string][] = [
    ["okta_adaptive_v1", "okta_token"],
    ["ping_identity_v1", "ping_use_base64_key"],
    ["ping_identity_v1", "ping_token"],
    ["rsa_securid_access_v1", "rsa_accesskey"],
    ["duo_security_v2", "duo_secret_key"],
  ];
  for (const [kind, property] of secrets) {
    test(`never holds ${property}`, () => {
      const found = complaints(wanting(serverOf(kind, { [property]: CANARY })));
      assert.equal(found.length, 1);
      assert.match(found[0] ?? "", new RegExp(`servers\\[0\\]\\.${kind}\\.${property}: `));
      assert.ok(!found.join().includes(CANARY));
    });
  }

  const wrong: [title: string, directory: object, says: RegExp][] = [
    [
      "no kind",
      wanting({ name: "a", certificateProfile: "b" }),
      /servers\[0\]: .*must have exactly one of okta_adaptive_v1/,
    ],
    ["two kinds", wanting({ ...serverOf("duo_security_v2"), ...serverOf("okta_adaptive_v1") }), /exactly one of/],
    [
      "no place",
      wanting(serverOf("duo_security_v2"), { location: {} }),
      /location: .*exactly one of folder, snippet, device/,
    ],
    [
      "two places",
      wanting(serverOf("duo_security_v2"), { location: { folder: "a", device: "b" } }),
      /exactly one of folder/,
    ],
    [
      "a place that is none",
      wanting(serverOf("duo_security_v2"), { location: { folder: "a/b" } }),
      /location\.folder: /,
    ],
    [
      "too long a place",
      wanting(serverOf("duo_security_v2"), { location: { snippet: "x".repeat(65) } }),
      /longer than 64/,
    ],
    ["a tenant that is a number", wanting(serverOf("duo_security_v2"), { tenant: 1234567890 }), /tenant: /],
    ["a tenant that is a word", wanting(serverOf("duo_security_v2"), { tenant: "acme" }), /tenant: .*digits/],
    ["no servers", wanting({}, { servers: [] }), /servers: .*must not be empty/],
    [
      "one name twice",
      wanting({}, { servers: [serverOf("duo_security_v2"), serverOf("okta_adaptive_v1")] }),
      /servers: .*two servers of one name/,
    ],
    [
      "a name with a blank at its end",
      wanting({ ...serverOf("duo_security_v2"), name: "duo " }),
      /servers\[0\]\.name: /,
    ],
    ["an unknown key", wanting(serverOf("duo_security_v2", { duo_retries: 3 })), /duo_retries: unknown key/],
    [
      "plain http elsewhere",
      wanting(serverOf("duo_security_v2"), {
        endpoints: { api: "http://a.example", operations: "https://a.example", auth: "https://a.example" },
      }),
      /endpoints\.api: /,
    ],
  ];
  for (const [title, directory, says] of wrong) {
    test(`is refused with ${title}`, () => {
      const found = complaints(directory);
      assert.ok(
        found.some((complaint) => says.test(complaint)),
        found.join("\n"),
      );
    });
  }
});

describe("a secret", () => {
  const SECRETS: Record<string, Record<string, [short: string, right: string]>> = {
    okta_adaptive_v1: { okta_token: ["1234567", "12345678"] },
    ping_identity_v1: { ping_use_base64_key: ["1234567", "12345678"], ping_token: ["1234567", "12345678"] },
    rsa_securid_access_v1: { rsa_accesskey: ["1234567", "12345678"] },
    duo_security_v2: {
      duo_secret_key: ["123456789012345", "1234567890123456"],
      duo_integration_key: ["123456789012345", "1234567890123456"],
    },
  };
  const open = (kind: string, secret: object, more: object = {}) =>
    openDirectory("strata", {
      ...{ id: "firewalls", settings: wanting(serverOf(kind, more)), secretVersion: "1", fetch, clock: Date.now },
      secret: { clientId: "id", clientSecret: "word", servers: secret },
    });
  const complaint = (kind: string, secret: object, more: object = {}): string => {
    try {
      open(kind, secret, more);
    } catch (error) {
      assert.ok(error instanceof WardenError && error.code === "ERR_SECRET_INVALID", String(error));
      assert.ok(!error.message.includes(CANARY));
      return error.message;
    }
    return "";
  };

  for (const [kind, properties] of Object.entries(SECRETS)) {
    test(`holds for ${kind}: ${Object.keys(properties).join(", ")}`, () => {
      const right = Object.fromEntries(Object.entries(properties).map(([property, [, value]]) => [property, value]));
      assert.equal(complaint(kind, { main: right }), "");
      for (const [property, [short]] of Object.entries(properties)) {
        const { [property]: _, ...rest } = right;
        assert.equal(
          complaint(kind, { main: rest }),
          `The secret of directory firewalls lacks servers.main.${property}.`,
        );
        for (const value of [short, 7, ""])
          assert.match(
            complaint(kind, { main: { ...right, [property]: value } }),
            new RegExp(`wrong servers\\.main\\.${property}`),
          );
      }
      assert.match(complaint(kind, {}), /lacks servers\.main\./);
      assert.match(complaint(kind, { main: CANARY }), /wrong servers\.main/);
      assert.match(complaint(kind, { main: { ...right, [CANARY]: CANARY } }), /not for this kind of server/);
      assert.match(complaint(kind, { [CANARY]: right }), /lacks servers\.main\./);
    });
  }

  test("need not hold an integration key that the policy shows, and must not hold another", () => {
    const shown = { duo_integration_key: "1234567890123456" };
    const duo = { duo_secret_key: "1234567890123456" };
    assert.equal(complaint("duo_security_v2", { main: duo }, shown), "");
    assert.match(complaint("duo_security_v2", { main: { ...duo, ...shown } }, shown), /not for this kind/);
  });
});
