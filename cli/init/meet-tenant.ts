/** Asks the vendor whether the credential works, and what there is to choose from, before a policy is written. */

import { opener } from "../../functions/compose-ports.ts";
import { describeFailure, WardenError } from "../../lib/errors.ts";
import { type Collection, type Directory, omitUndefined } from "../../lib/model/index.ts";
import { hasLocalSecret, localSecrets } from "../input/local-secrets.ts";
import { checkPolicy } from "../input/policy-file.ts";
import { clock } from "../local/records.ts";
import type { Interview } from "../terminal/interview.ts";
import { errors } from "../terminal/output.ts";
import { askSecret } from "./ask-secret.ts";
import { type Answers, policyText, templateOf } from "./template.ts";

const DEADLINE_MS = 60_000;

export interface Newcomer {
  readonly answers: Answers;
  /** Path of the policy that is to be written. */
  readonly policy: string;
  /** Path of the secrets file beside it. */
  readonly secretsFile: string;
  /** Absent where nobody can be asked. */
  readonly interview: Interview | undefined;
}

export interface TenantView {
  /** Where the vendor counts them. */
  readonly accounts?: number;
  readonly collections: readonly Collection[];
  /** The secret, where it was typed just now and still has to be written. */
  readonly typed?: object;
}

/**
 * Tries the secret that is there, or what is typed until it works; `undefined` where there is none yet. Throws
 * `ERR_INPUT_INVALID` where it does not work and nobody can be asked for another.
 */
export async function meetTenant(newcomer: Newcomer): Promise<TenantView | undefined> {
  const { answers, policy, secretsFile, interview } = newcomer;
  if (hasLocalSecret(secretsFile, answers.id)) {
    const met = await tryCredential(newcomer, await readSecret(newcomer));
    if (!("problem" in met)) return met;
    if (interview === undefined) throw doesNotWork(policy, met.problem);
    errors.line(`The credential that is there does not work. ${met.problem}`);
  }
  return interview && askUntilItWorks(newcomer, interview);
}

const doesNotWork = (policy: string, problem: string) =>
  new WardenError(
    "ERR_INPUT_INVALID",
    `The credential does not work: ${problem} Nothing was written; --offline writes ${policy} without asking the vendor.`,
  );

async function askUntilItWorks(newcomer: Newcomer, interview: Interview): Promise<TenantView | undefined> {
  const { vendor, own } = newcomer.answers;
  errors.line("The credential, to ask the vendor whether it works. Enter alone: later.");
  for (;;) {
    const typed = await askSecret(interview, templateOf(vendor).secret(own));
    if (typed === undefined) return undefined;
    const met = await tryCredential(newcomer, typed);
    if (!("problem" in met)) return { ...met, typed };
    errors.line(`It does not work: ${met.problem} Once more, or Enter alone: later.`);
  }
}

async function readSecret({ answers: { id }, secretsFile: file }: Newcomer): Promise<unknown> {
  const store = localSecrets({ file, versionOf: () => "init", clock }, [id]);
  return (await store.read(id, id, AbortSignal.timeout(DEADLINE_MS))).value;
}

type Tried = TenantView | { readonly problem: string };

/** By the vendor's own checks, which change nothing. */
async function tryCredential({ answers, policy }: Newcomer, secret: unknown): Promise<Tried> {
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const store = { read: async () => ({ value: secret, version: "init" }) };
  try {
    const open = opener(checkPolicy(policyText(policy, answers), policy), store, fetch, clock);
    const directory = await open(answers.id, signal);
    const failed = (await directory.check(signal)).find(({ result }) => result === "failed");
    return failed ? { problem: `${failed.name}: ${failed.detail}` } : await look(directory, signal);
  } catch (error) {
    return { problem: describeFailure(error) };
  }
}

async function look(directory: Directory, signal: AbortSignal): Promise<TenantView> {
  const [accounts, collections] = await Promise.all([directory.total?.(signal), listCollections(directory, signal)]);
  return omitUndefined({ accounts, collections });
}

/** A credential need not be allowed to list them. */
async function listCollections(directory: Directory, signal: AbortSignal): Promise<readonly Collection[]> {
  try {
    return (await directory.collections?.(signal)) ?? [];
  } catch (error) {
    errors.line(`There is nothing to choose from: ${describeFailure(error)}`);
    return [];
  }
}
