/** Which code is deployed. */
import { execFileSync } from "node:child_process";

/** The commit that is checked out, with `-dirty` behind it when files of it were changed; `undefined` without a git repository. */
export function commitIn(folder: string): string | undefined {
  // Without tags, which can be moved: the hash alone names one state for good.
  const describe = ["describe", "--always", "--abbrev=40", "--exclude=*", "--dirty"];
  try {
    const said = execFileSync("git", describe, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    return said.trim();
  } catch {
    return undefined;
  }
}
