/** `verify`: checks the evidence of a folder by the same file that an auditor gets. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { WardenError } from "../../lib/errors.ts";
import { omitUndefined } from "../../lib/model/index.ts";
import {
  describe,
  type Question,
  type Result,
  readFingerprints,
  readKey,
  verify as verifyFolder,
} from "../../verify/verify.mjs";
import { KEY_FILES } from "../state/file-signer.ts";
import { STACK } from "../state/stack-description.ts";
import { absolutePath, collect, exitWith, pathOption, stateOption } from "../terminal/options.ts";
import { results } from "../terminal/output.ts";
import { green, red } from "../terminal/piece.ts";

interface VerifyOptions {
  readonly state: string;
  readonly evidence?: string;
  readonly key?: readonly string[];
  readonly expectKey?: readonly string[];
  readonly expectHead?: readonly string[];
  readonly from?: string;
  readonly pack?: boolean;
  readonly aws?: boolean;
  readonly json?: boolean;
}

const NOT_VERIFIED = 3;

const collectPaths = (path: string, before: readonly string[] = []): string[] => collect(absolutePath(path), before);

export const verifyCommand = (): Command =>
  new Command("verify")
    .description(
      "Checks offline that no evidence was altered, taken out or put in; verify/verify.mjs does the same alone",
    )
    .addOption(pathOption("--evidence <dir>", "folder with the evidence (default: that of the state folder)"))
    .option("--key <file>", "public key, PEM; may be repeated (default: that of the state folder)", collectPaths)
    .option(
      "--expect-key <fingerprint>",
      "SHA-256 of the public key, which came by another way; may be repeated",
      collect,
    )
    .option(
      "--expect-head <hash>",
      "what `sweep` printed as head, or the message run.completed said; may be repeated",
      collect,
    )
    .option("--from <run>", "the folder holds only this run and others near it")
    .option("--pack", "the folder is an unpacked archive of `report --pack`")
    .addOption(stateOption("state folder, for what is not given"))
    .option("--aws", "says how to copy the bucket's evidence")
    .option("--json", "print one JSON object and nothing else")
    .action(exitWith(verify));

async function verify(options: VerifyOptions): Promise<number> {
  const { evidence = join(options.state, STACK.bucket) } = options;
  if (options.aws)
    throw new WardenError(
      "ERR_INPUT_INVALID",
      "verify reads a folder: copy the bucket with `aws s3 sync s3://BUCKET DIR`, then give --evidence DIR and --key FILE; docs/evidence.md says how to get the key.",
    );
  if (!existsSync(evidence))
    throw new WardenError("ERR_INPUT_INVALID", `There is no evidence folder ${evidence}; name one with --evidence.`);
  const result = await verifyFolder(questionOf(evidence, options));
  if (options.json) results.json(result);
  else show(result);
  return result.verified ? 0 : NOT_VERIFIED;
}

function questionOf(folder: string, options: VerifyOptions): Question {
  const { state, key = [join(state, KEY_FILES.public)], expectKey = [], expectHead = [], from, pack } = options;
  return omitUndefined({
    folder,
    keys: key.map(readPublicKey),
    keyFiles: key,
    expectedKeys: readExpectedKeys(expectKey),
    heads: expectHead.flatMap((text) => text.split(",")),
    from,
    pack,
  });
}

function show(result: Result): void {
  const [answer = "", ...lines] = describe(result);
  results.line((result.verified ? green : red)(answer));
  for (const line of lines) results.line(line);
}

function readExpectedKeys(texts: readonly string[]): string[] {
  try {
    return readFingerprints(texts);
  } catch (error) {
    throw new WardenError("ERR_INPUT_INVALID", `--expect-key: ${error instanceof Error ? error.message : error}`);
  }
}

function readPublicKey(file: string): string {
  if (!existsSync(file))
    throw new WardenError(
      "ERR_INPUT_INVALID",
      `There is no public key ${file}: nothing was signed here yet; run a sweep, or name the auditor's copy with --key.`,
    );
  try {
    const pem = readFileSync(file, "utf8");
    readKey(pem);
    return pem;
  } catch {
    throw new WardenError(
      "ERR_INPUT_INVALID",
      `${file} is not a public key (Ed25519 or P-256, PEM); name the auditor's copy with --key.`,
    );
  }
}
