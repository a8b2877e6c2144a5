/** The workspace: the folder of the policy, the secrets and the state, found by walking up from where a command stands, as git does. */

import { existsSync, realpathSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

/** The files of a workspace by what they are for. */
const FILES = { policy: "policy.yaml", secrets: "secrets.json", state: ".mfa-warden" } as const;

export type WorkspaceFile = keyof typeof FILES;

/** Made by the first sweep. A state folder without it only holds what a demo or a simulator left. */
const RECORDS = join(FILES.state, "ledger");

const WRITABLE_BY_ALL = 0o002;
const ROOT_USER = 0;

/**
 * The nearest folder that holds a policy or records, `start` where there is none. It is not looked for above the home folder, on
 * another file system, nor in a folder where a stranger could have put one. All files of a workspace are taken from this one
 * folder: a policy is never used with the secrets or the state of another.
 */
export function findWorkspace(start: string, home: string): string {
  for (let folder = start; ; folder = dirname(folder)) {
    if (holdsWorkspace(folder)) return folder;
    if (folder === home || !mayEnter(dirname(folder), folder)) return start;
  }
}

const holdsWorkspace = (folder: string): boolean =>
  existsSync(join(folder, FILES.policy)) || existsSync(join(folder, RECORDS));

/** Ours or root's, and nobody else's to write into. */
function mayEnter(parent: string, folder: string): boolean {
  if (parent === folder) return false;
  try {
    const { dev, uid, mode } = statSync(parent);
    const own = process.getuid?.() ?? uid;
    return dev === statSync(folder).dev && (uid === own || uid === ROOT_USER) && (mode & WRITABLE_BY_ALL) === 0;
  } catch {
    return false;
  }
}

/** Where this command stands, and its workspace. */
function locate(): { readonly start: string; readonly folder: string } {
  const start = process.cwd();
  const home = homedir();
  return { start, folder: findWorkspace(start, existsSync(home) ? realpathSync(home) : home) };
}

let located: ReturnType<typeof locate> | undefined;
const workspace = () => {
  located ??= locate();
  return located;
};

/** An absolute path. */
export const workspaceFile = (file: WorkspaceFile): string => join(workspace().folder, FILES[file]);

/** How a file is named to somebody who stands here: in full where it was found above. */
export const workspaceFileName = (file: WorkspaceFile): string => (isAbove() ? workspaceFile(file) : FILES[file]);

/** Whether the workspace was found above the folder that the command stands in. */
export const isAbove = (): boolean => workspace().folder !== workspace().start;
