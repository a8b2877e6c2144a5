/** Writes what `init` found out: the policy, the secrets or their shape, and what git is not to keep. */

import { existsSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { WardenError } from "../../lib/errors.ts";
import { writePrivateFile } from "../state/private-files.ts";
import { policyWithDirectory, secretsWith, secretsWithDirectory } from "./add-directory.ts";
import { ignoreInGit } from "./git-ignore.ts";
import type { TenantView } from "./meet-tenant.ts";
import type { WrittenFiles } from "./next-commands.ts";
import { type Answers, policyText, secretsText } from "./template.ts";

/** Of the secrets, beside the policy. */
export const SECRETS_FILE = "secrets.json";

export interface InitFiles {
  readonly policy: string;
  /** The example of the secrets file. */
  readonly secrets: string;
}

export interface WriteOptions {
  /** The directory is added to what is there. */
  readonly add?: boolean;
  /** What is there is overwritten. */
  readonly force?: boolean;
}

/** Throws `ERR_INPUT_INVALID` where one of them is there. */
export function refuseToOverwrite(files: InitFiles): void {
  const existing = Object.values(files).filter((path) => existsSync(path));
  if (existing.length === 0) return;
  throw new WardenError(
    "ERR_INPUT_INVALID",
    `${existing.join(" and ")} would be overwritten; say --add to add a directory to the policy, --force to overwrite, or name another place with --out.`,
  );
}

const newTexts = ({ policy }: InitFiles, answers: Answers): InitFiles => ({
  policy: policyText(policy, answers),
  secrets: secretsText(answers),
});

const addedTexts = ({ policy, secrets }: InitFiles, answers: Answers): InitFiles => ({
  policy: policyWithDirectory(policy, answers),
  secrets: secretsWithDirectory(secrets, answers),
});

/** What would be written. */
export const textsOf = (files: InitFiles, answers: Answers, add: boolean | undefined): InitFiles =>
  add ? addedTexts(files, answers) : newTexts(files, answers);

interface Outcome {
  readonly files: InitFiles;
  readonly answers: Answers;
  readonly view: TenantView | undefined;
}

/** Writes the secrets file where a secret was typed, the example of it where there is none. */
export function writeFiles({ files, answers, view }: Outcome, { add, force }: WriteOptions): WrittenFiles {
  const folder = dirname(files.policy);
  const texts = textsOf(files, answers, add);
  write(files.policy, texts.policy, add || force);
  const written = { policy: files.policy, gitIgnore: ignoreInGit(folder) };
  if (view?.typed) {
    const path = join(folder, SECRETS_FILE);
    writePrivateFile(path, secretsWith(path, { [answers.id]: view.typed }));
    return { ...written, secrets: path };
  }
  if (view) return written;
  write(files.secrets, texts.secrets, add || force);
  return { ...written, secrets: files.secrets };
}

function write(path: string, text: string, force: boolean | undefined): void {
  try {
    writeFileSync(path, text, { flag: force ? "w" : "wx" });
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
    throw new WardenError("ERR_INPUT_INVALID", `${path} cannot be written (${reason}).`);
  }
}
