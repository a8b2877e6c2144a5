/** What the documentation promises is there: error codes, commands and their options, scripts, links, examples that parse. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { vendors } from "../../lib/directories/index.ts";
import { CODES } from "../../lib/errors.ts";
import { ALARMS } from "../../lib/notify/alert-text.ts";
import { parsePolicy } from "../../lib/policy-file/index.ts";
import manifest from "../../package.json" with { type: "json" };
import { runNode } from "../processes.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const SETTINGS = Object.fromEntries(Object.entries(vendors).map(([name, { settings }]) => [name, settings]));

const read = (file: string) => readFileSync(join(ROOT, file), "utf8");
const textsIn = (folder: string) =>
  readdirSync(join(ROOT, folder))
    .filter((file) => file.endsWith(".md"))
    .map((file) => posix.join(folder, file));
const documents = [...textsIn("."), ...textsIn("docs")];

/** Of every document, what the pattern's first group finds, as `[document, found]`. */
const findAll = (pattern: RegExp): [document: string, found: string][] =>
  documents.flatMap((document) =>
    [...read(document).matchAll(pattern)].map(([, found = ""]): [string, string] => [document, found]),
  );

/** The anchor that GitHub makes of a heading. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .trim()
    .replaceAll(" ", "-");
const prose = (document: string) => read(document).replace(/^```[\s\S]*?^```/gm, "");
const anchorsIn = (document: string) =>
  [...prose(document).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => anchorOf(heading));

/** The entries of a section of the runbook, by name. */
function entriesIn(heading: string): Map<string, string> {
  const section = read("docs/runbook.md").split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const parts = section.split(/^### /m).slice(1);
  return new Map(parts.map((part) => [part.slice(0, part.indexOf("\n")), part.slice(part.indexOf("\n"))]));
}

/** The commands that the command line offers. */
async function offered(): Promise<string[]> {
  const { stdout } = await runNode([join(ROOT, "cli/warden.ts"), "--help"]);
  return [...(stdout.split("Commands:")[1] ?? "").matchAll(/^ {2}([a-z]+)/gm)].map(([, name = ""]) => name);
}

/** What a command takes, hidden options left out. */
async function optionsOf(name: string): Promise<(string | undefined)[]> {
  const module: Record<string, () => Command> = await import(`../../cli/commands/${name}.ts`);
  const options = module[`${name}Command`]?.().options ?? [];
  return ["--debug", "--help", ...options.filter(({ hidden }) => !hidden).map(({ long }) => long ?? undefined)];
}

describe("the documents", () => {
  test("explain every error code, and no code that there is not", () => {
    const entries = [...read("docs/errors.md").matchAll(/^### (.+)\n\n(.*)/gm)];
    assert.deepEqual(entries.map(([, code]) => code).toSorted(), Object.keys(CODES).toSorted());
    for (const [, code, text = ""] of entries) assert.ok(text.length > 40, `${code} is not explained`);
  });

  test("name no error code that there is not", () => {
    const strange = findAll(/\b(ERR_[A-Z]+_?[A-Z_]*[A-Z])\b(?!_?\*)/g).filter(
      ([, code]) => !Object.hasOwn(CODES, code),
    );
    assert.deepEqual(strange, []);
  });

  test("tell what to do for every alarm that is deployed and every error code, and for nothing else", () => {
    const made = [...read("infra/alarms.ts").matchAll(/\balarm\(\s*"([a-z-]+)"/g)].map(([, name = ""]) => name);
    assert.deepEqual([...new Set(made)].toSorted(), Object.keys(ALARMS).toSorted());
    assert.deepEqual([...entriesIn("Alarms").keys()].toSorted(), Object.keys(ALARMS).toSorted());
    assert.deepEqual([...entriesIn("Error codes").keys()].toSorted(), Object.keys(CODES).toSorted());
  });

  test("tell it shortly: what it means, where to look, what to do", () => {
    for (const [name, text] of [...entriesIn("Alarms"), ...entriesIn("Error codes")]) {
      const lines = text.trim().split("\n");
      assert.deepEqual(
        lines.map((line) => /^- (Means|Look|Do): \S.{10,}[.?]$/.exec(line)?.[1]),
        ["Means", "Look", "Do"],
        name,
      );
    }
  });

  test("show only commands and options that the command line has", async () => {
    const shown = findAll(/(?:^ *|`)warden ([a-z][^\n`#]*)/gm);
    assert.ok(shown.length > 10);
    const known = await offered();
    for (const [document, line] of shown) {
      const [name = ""] = line.split(" ");
      assert.ok(known.includes(name), `${document} shows ${name}, which is no command`);
      const has = await optionsOf(name);
      const strange = line.match(/--[a-z-]+/g)?.filter((option) => !has.includes(option)) ?? [];
      assert.deepEqual(strange, [], `${document}: ${line}`);
    }
  });

  test("call the command by its word, and say how to get it", () => {
    const said = findAll(/(npm run -s warden)/g).map(([document]) => document);
    assert.deepEqual(said, ["README.md"]);
    assert.match(
      read("README.md"),
      /Installed as above, the command is `warden`; in a clone it is `npm run -s warden -- …`/,
    );
  });

  test("show only npm scripts that there are", () => {
    const shown = findAll(/npm run (?:-s )?([a-z]+)/g);
    assert.ok(shown.length > 10);
    assert.deepEqual(
      shown.filter(([, script]) => !Object.hasOwn(manifest.scripts, script)),
      [],
    );
  });

  test("link to files and headings that there are", () => {
    const links = findAll(/\]\(([^)\s]+)\)/g).filter(([, to]) => !/^[a-z]+:/.test(to));
    assert.ok(links.length > 5);
    const broken = links.filter(([from, to]) => {
      const [path = "", anchor] = to.split("#");
      const target = path === "" ? from : posix.join(posix.dirname(from), path);
      if (!existsSync(join(ROOT, target))) return true;
      return anchor !== undefined && !anchorsIn(target).includes(anchor);
    });
    assert.deepEqual(broken, []);
  });

  test("name source files that there are", () => {
    const named = findAll(/`((?:lib|functions|cli|infra|test|simulators|bench|verify)\/[\w./-]+\.(?:ts|mjs|json))`/g);
    assert.ok(named.length > 20);
    assert.deepEqual(
      named.filter(([, file]) => !existsSync(join(ROOT, file))),
      [],
    );
  });

  test("give policies that can be used as they are", () => {
    const examples = findAll(/^```yaml\n(version:[\s\S]*?)^```/gm);
    const given = new Set(examples.map(([document]) => document));
    assert.ok(given.has("docs/policy.md") && given.has("README.md"), `only ${[...given]} show a policy`);
    for (const [document, text] of examples) {
      const parsed = parsePolicy(text, SETTINGS, document);
      assert.ok("policy" in parsed, "errors" in parsed ? JSON.stringify(parsed.errors) : "");
    }
  });
});
