/** Compiles the command line and the simulators into `dist`, laid out as the clone is: npm runs it before it packs. */

import { execFileSync } from "node:child_process";
import { copyFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { commitIn } from "../functions/commit.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const DIST = join(ROOT, "dist");
/** Read while the program runs. The verifier as it is: an auditor knows the hash of it. */
const COPIED = ["policy.schema.json", "verify/verify.mjs"];

rmSync(DIST, { recursive: true, force: true });
const compiler = fileURLToPath(new URL("bin/tsc", import.meta.resolve("typescript/package.json")));
execFileSync(process.execPath, [compiler, "-p", join(ROOT, "package")], { stdio: "inherit" });
for (const file of COPIED) copyFileSync(join(ROOT, file), join(DIST, file));
writeFileSync(join(DIST, "commit.txt"), `${commitIn(ROOT) ?? "unknown"}\n`);
