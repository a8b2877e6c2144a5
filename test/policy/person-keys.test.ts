/** What accounts are joined by: the same for what people mean to be the same, and telling nothing to whoever has not the key. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JoinKeys, PersonKeys } from "../../lib/model/index.ts";
import { personKeyer } from "../../lib/policy/index.ts";
import { parsePolicy } from "../../lib/policy-file/index.ts";
import { account, policyOf, vendors, written } from "./samples.ts";

const EVERYONE = "rules: [{ name: everyone, match: all, require: enabled }]\n";
const KEY = new TextEncoder().encode("0123456789abcdef0123456789abcdef");

function keysOf(people: string, username: string, personKeys?: PersonKeys, directory = "workforce"): JoinKeys {
  const keyer = personKeyer(policyOf(`${EVERYONE}people: ${people}\n`), directory, KEY);
  assert.ok(keyer);
  return keyer.keysOf(account({}, { username, ...(personKeys && { personKeys }) })) ?? {};
}

describe("what an account is joined by", () => {
  test("is the same for one address, however it is written, and in every directory", () => {
    const by = "{ by: [email] }";
    const one = keysOf(by, "jane", { email: "Jane.Doe@Example.com" });
    assert.match(one.email ?? "", /^[\w-]{16}$/);
    assert.deepEqual(keysOf(by, "other", { email: " jane.doe@example.com\u200b" }, "partners"), one);
    assert.notDeepEqual(keysOf(by, "jane", { email: "jane.d@example.com" }), one);
    assert.deepEqual(keysOf(by, "jane"), {});
    assert.deepEqual(keysOf(by, "jane", { email: " " }), {});
  });

  test("tells nothing of an address to whoever has not the key, and a user name is never an address", () => {
    const policy = policyOf(`${EVERYONE}people: { by: [email, username] }\n`);
    const jane = account({}, { username: "jane@example.com", personKeys: { email: "jane@example.com" } });
    const one = personKeyer(policy, "workforce", KEY);
    const other = personKeyer(policy, "workforce", new TextEncoder().encode("another key of thirty-two letters"));
    assert.notEqual(one?.keysOf(jane)?.email, other?.keysOf(jane)?.email);
    assert.notEqual(one?.digest, other?.digest);
    assert.notEqual(one?.keysOf(jane)?.email, one?.keysOf(jane)?.username);
    assert.equal(personKeyer(policy, "workforce"), undefined);
    assert.ok(personKeyer(policyOf(`${EVERYONE}people: { by: [username] }\n`), "workforce"));
    assert.equal(personKeyer(policyOf(EVERYONE), "workforce", KEY), undefined);
  });

  test("goes by the patterns: an admin account is its owner's, a mailbox of many is nobody's", () => {
    const people = `{ by: [email, username], patterns: [
      { match: "*-adm@example.com", as: "*@example.com" },
      { match: "root", as: jane@example.com, directories: [partners] },
      { match: "shared-*", alone: true } ] }`;
    const jane = keysOf(people, "jane@example.com", { email: "jane@example.com" });
    assert.deepEqual(keysOf(people, "Jane-ADM@example.com", { email: "jane-adm@example.com" }), {
      ...jane,
      further: true,
    });
    assert.deepEqual(keysOf(people, "root", {}, "partners"), { username: jane.username, further: true });
    assert.notEqual(keysOf(people, "root").username, jane.username);
    assert.deepEqual(keysOf(people, "desk", { email: "shared-desk@example.com" }), { alone: true });
    assert.equal(keysOf(people, "-adm@example.com").further, undefined);
  });

  test("goes by the exceptions before anything else, as long as the user name is still the one given there", () => {
    const text = written(`${EVERYONE}people: { by: [username], exceptions: people.yaml }\n`);
    const exceptions = `version: 1
exceptions:
  - person: Jane
    accounts: [{ id: workforce/U1, username: jane }, { id: partners/u9 }]
  - alone: true
    accounts: [{ id: workforce/u2 }]
`;
    const read = parsePolicy(text, vendors, undefined, (name) => (name === "people.yaml" ? exceptions : undefined));
    assert.ok("policy" in read, JSON.stringify(read));
    const workforce = personKeyer(read.policy, "workforce");
    const jane = workforce?.keysOf(account({}, { id: "u1", username: "JANE" }));
    assert.deepEqual(Object.keys(jane ?? {}), ["named", "further"]);
    assert.deepEqual(personKeyer(read.policy, "partners")?.keysOf(account({}, { id: "u9", username: "x" })), jane);
    assert.deepEqual(workforce?.keysOf(account({}, { id: "u1", username: "john" })), { renamed: true });
    assert.deepEqual(workforce?.keysOf(account({}, { id: "u2" })), { alone: true });
  });
});
