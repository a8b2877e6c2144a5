/** Which code runs, for the evidence: the commit that is checked out, or that an archive of the repository was made from. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** `git archive`, and so a download from a host of repositories, writes the commit into this file. */
const ARCHIVED = "commit.txt";

/** The commit, with `-dirty` behind it when files of it were changed; `undefined` where the folder does not tell. */
export function commitIn(folder: string): string | undefined {
  // Without one of its own, git would answer for a repository around the folder.
  return existsSync(join(folder, ".git")) ? checkedOutCommit(folder) : archivedCommit(folder);
}

function checkedOutCommit(folder: string): string | undefined {
  // Without tags, which can be moved: the hash alone names one state for good.
  const describe = ["describe", "--always", "--abbrev=40", "--exclude=*", "--dirty"];
  // Nothing of the user's environment that leads git elsewhere.
  const env = { PATH: process.env.PATH };
  try {
    const said = execFileSync("git", describe, {
      cwd: folder,
      env,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return said.trim();
  } catch {
    return undefined;
  }
}

function archivedCommit(folder: string): string | undefined {
  const path = join(folder, ARCHIVED);
  const said = existsSync(path) ? readFileSync(path, "utf8").trim() : "";
  return /^[0-9a-f]{40}(-dirty)?$/.test(said) ? said : undefined;
}
