/** Secrets on a laptop or in CI: each directory's in a variable, in the secrets file, or printed by a program that the file names. */

import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { missing, SECRET_CACHE_MS } from "../../lib/aws/secrets.ts";
import { type Cache, cacheUntil } from "../../lib/concurrency.ts";
import { WardenError } from "../../lib/errors.ts";
import type { Clock, SecretStore } from "../../lib/model/index.ts";
import { callersEnvironment, SECRET_PREFIX } from "../environment.ts";
import { readJson } from "./json-text.ts";
import { runSecretCommand, secretCommandOf } from "./secret-command.ts";
import { openSecretsFile } from "./secrets-file.ts";

export interface SecretPlaces {
  /** Path of the secrets file; read only where a directory has no variable. */
  readonly file: string;
  readonly versionOf: (secret: unknown) => string;
  readonly clock: Clock;
}

/** @param directories those whose secrets are needed for certain. Throws as `openSecretsFile` does */
export function localSecrets({ file, versionOf, clock }: SecretPlaces, directories: readonly string[]): SecretStore {
  const openFile = () => openSecretsFile(file);
  const first = directories.every((id) => variableOf(id) !== undefined) ? undefined : openFile();
  const readPrinted = printedSecrets(dirname(file), clock);
  const readEntry = async (directory: string, signal: AbortSignal): Promise<unknown> => {
    const entry = (first ?? openFile())(directory);
    if (entry === undefined)
      throw missing(
        directory,
        `the secrets file ${file} has no entry "${directory}", and ${variableName(directory)} is not set`,
      );
    const command = secretCommandOf(directory, entry);
    return command === undefined ? entry : readPrinted(command, signal);
  };
  return {
    async read(directory, _name, signal) {
      const value = variableOf(directory) ?? (await readEntry(directory, signal));
      return { value, version: versionOf(value) };
    },
  };
}

/** Like `MFA_WARDEN_SECRET_WORKFORCE`. An id has no character but letters, digits and `-`. */
const variableName = (directory: string): string => `${SECRET_PREFIX}${directory.toUpperCase().replaceAll("-", "_")}`;

/** The secret as it would stand in the file. Throws `ERR_SECRET_INVALID`, and never shows the text. */
function variableOf(directory: string): unknown {
  const name = variableName(directory);
  const text = process.env[name];
  if (text === undefined) return undefined;
  const read = readJson(text);
  if ("value" in read) return read.value;
  throw new WardenError("ERR_SECRET_INVALID", `In the variable ${name}, ${read.mistake.message}.`);
}

/** Whether a directory has a secret here. Throws `ERR_SECRET_*` where the file cannot be read. @param file the secrets file */
export const hasLocalSecret = (file: string, directory: string): boolean =>
  variableOf(directory) !== undefined || (existsSync(file) && openSecretsFile(file)(directory) !== undefined);

type SecretCommand = NonNullable<ReturnType<typeof secretCommandOf>>;

/** A program is asked again after the time for which a stored secret is used, too: it may ask a person. */
function printedSecrets(
  folder: string,
  clock: Clock,
): (command: SecretCommand, signal: AbortSignal) => Promise<unknown> {
  const caches = new Map<string, Cache<unknown>>();
  return (command, signal) => {
    const name = JSON.stringify(command);
    const cache =
      caches.get(name) ??
      cacheUntil(clock, async (asked) => {
        const value = await runSecretCommand(command, { folder, environment: callersEnvironment() }, asked);
        return { value, until: clock() + SECRET_CACHE_MS };
      });
    caches.set(name, cache);
    return cache.get(signal);
  };
}
