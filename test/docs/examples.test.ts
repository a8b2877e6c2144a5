/** Every example can be used as it is: it parses, is complete, and lies beside the shape of its secrets. */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { openDirectory, vendors } from "../../lib/directories/index.ts";
import { parsePolicy } from "../../lib/policy-file/index.ts";

const FOLDER = fileURLToPath(new URL("../../examples", import.meta.url));
const SETTINGS = Object.fromEntries(Object.entries(vendors).map(([name, { settings }]) => [name, settings]));

/** Folders hold recipes for pipelines, which test/action runs. */
const files = readdirSync(FOLDER, { withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map(({ name }) => name);
const examples = files.filter((file) => file.endsWith(".yaml")).map((file) => file.slice(0, -".yaml".length));
const read = (file: string) => readFileSync(join(FOLDER, file), "utf8");

function policyOf(example: string) {
  const parsed = parsePolicy(read(`${example}.yaml`), SETTINGS, `${example}.yaml`);
  if ("policy" in parsed) return parsed.policy;
  assert.fail(JSON.stringify(parsed.errors, undefined, 1));
}

/** Every text in it, however deep. */
const textsIn = (value: unknown): unknown[] =>
  typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [value];

const nobody: typeof fetch = () => assert.fail("opening a directory calls nobody");

/** What an example says of a secret: where a value goes, or an address that the credential may go to. */
const PLACEHOLDER = /^<[^<>]+>$/;
const ADDRESS = /^https:\/\/[a-z]+\.example\.com$/;

/** With what a person could put in the place of each placeholder: good for base32, and long enough. */
const filled = (json: unknown) =>
  JSON.parse(JSON.stringify(json), (name, value: unknown) => {
    if (typeof value !== "string" || !PLACEHOLDER.test(value)) return value;
    return name === "privateKey" ? newKey() : "JBSWY3DPEHPK3PXP";
  });

const newKey = () =>
  generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs8", format: "pem" });

describe("the examples", () => {
  test("are one for each vendor, and one for all of them", () => {
    assert.deepEqual(examples.toSorted(), [...Object.keys(vendors), "all"].toSorted());
    assert.deepEqual(
      files.toSorted(),
      examples.flatMap((example) => [`${example}.secrets.json`, `${example}.yaml`]).toSorted(),
    );
  });

  for (const example of examples) {
    test(`${example} is a policy that holds, with every part filled in`, () => {
      const { directories, rules, exemptions, deploy } = policyOf(example);
      const named = directories.map(({ vendor }) => vendor).toSorted();
      assert.deepEqual(named, example === "all" ? Object.keys(vendors).toSorted() : [example]);
      assert.equal(rules.at(-1)?.match, "all");
      // Nothing can be exempt where only profiles are judged.
      assert.equal(exemptions.length > 0, example !== "strata");
      assert.match(read(`${example}.yaml`), /^limits:/m);
      assert.ok((deploy?.schedules?.length ?? 0) > 0 && deploy?.alarmAddress && deploy.evidenceRetentionDays);
    });

    test(`${example} says in an editor what may be written`, () => {
      assert.equal(read(`${example}.yaml`).split("\n", 1)[0], "# yaml-language-server: $schema=../policy.schema.json");
    });

    test(`${example} lies beside the shape of its secrets, and nothing in it can be taken for one`, () => {
      const secrets: Record<string, unknown> = JSON.parse(read(`${example}.secrets.json`));
      const { directories, people } = policyOf(example);
      const names = [...directories.map(({ id }) => id), ...(people ? [people.secret] : [])];
      assert.deepEqual(Object.keys(secrets), names);
      assert.deepEqual(
        textsIn(secrets).filter((text) => !PLACEHOLDER.test(String(text)) && !ADDRESS.test(String(text))),
        [],
      );
    });

    test(`${example} has secrets that its directories can be opened with, once they are filled in`, () => {
      const secrets: Record<string, unknown> = filled(JSON.parse(read(`${example}.secrets.json`)));
      for (const { id, vendor, settings } of policyOf(example).directories) {
        const needs = { id, settings, secret: secrets[id], secretVersion: "1", fetch: nobody, clock: Date.now };
        assert.equal(openDirectory(vendor, needs).vendor, vendor);
      }
    });
  }

  test("only the one for all changes anything", () => {
    const modes = examples.filter((name) => name !== "all").flatMap((name) => policyOf(name).directories);
    assert.deepEqual(new Set(modes.map(({ mode }) => mode)), new Set(["observe"]));
  });
});
