/** The configuration against SST's own types. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

test("sst.config.ts and infra/ fit the types of SST's platform", async () => {
  const said = await new Promise<string>((done) =>
    execFile("npx", ["tsc", "-p", "infra", "--pretty", "false"], { cwd: ROOT, maxBuffer: 2 ** 26 }, (_, out, err) =>
      done(out + err),
    ),
  );
  // SST is written with laxer settings than ours, so that much is said of its own sources.
  const complaints = said.split("\n").filter((line) => /^\S/.test(line));
  assert.deepEqual(
    complaints.filter((line) => !/^\.sst\/.*error TS\d+/.test(line)),
    [],
  );
  assert.ok(complaints.length > 0, "SST's sources were not looked at: run `npx sst install`");
});
