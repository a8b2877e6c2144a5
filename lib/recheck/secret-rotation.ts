/** A secret that has a new version, as Secrets Manager tells it: whose it is, and who uses it. */

import * as v from "valibot";
import { mapConcurrently } from "../concurrency.ts";
import type { SubjectEvent } from "../model/index.ts";
import type { Policy } from "../policy/index.ts";
import type { DirectoryCache } from "./directory-cache.ts";
import type { RecheckPorts } from "./ports.ts";

const DIRECTORIES_IN_PARALLEL = 8;

/**
 * Nothing of the detail is read, only which secret it is about.
 * https://docs.aws.amazon.com/eventbridge/latest/ref/events-structure.html
 */
const rotationSchema = v.object({
  id: v.string(),
  source: v.literal("aws.secretsmanager"),
  "detail-type": v.literal("Secret Label Updated"),
  resources: v.pipe(v.array(v.string()), v.minLength(1)),
});

export interface Rotation {
  readonly id: string;
  /** Of the secret. */
  readonly arn: string;
}

/** Reads the message of a rotated secret; `undefined`: the message is of another kind. */
export function readRotation(body: string): Rotation | undefined {
  const read = v.safeParse(v.pipe(v.string(), v.parseJson(), rotationSchema), body);
  const [arn] = read.success ? read.output.resources : [];
  return read.success && arn !== undefined ? { id: read.output.id, arn } : undefined;
}

/**
 * An event for each subject that uses the secret; none if it is no directory's. The events have no time, so that none is taken
 * for older than what is known: only now is the new version read.
 */
export async function eventsOfRotation(
  { policy, secretsPrefix = "" }: RecheckPorts,
  directories: DirectoryCache,
  rotation: Rotation,
  signal: AbortSignal,
): Promise<SubjectEvent[]> {
  const ids = directoriesOfSecret(policy, secretsPrefix, rotation.arn);
  const events = await mapConcurrently(ids, DIRECTORIES_IN_PARALLEL, async (directory) => {
    directories.forget(directory);
    const users = (await directories.open(directory, signal)).secretUsers?.() ?? [];
    return users.map((subject): SubjectEvent => ({ id: `${rotation.id}:${subject}`, directory, subject }));
  });
  return events.flat();
}

/** What Secrets Manager appends to a name: six characters after a hyphen. */
const ARN_SUFFIX = /-[A-Za-z0-9]{6}$/;

function directoriesOfSecret(policy: Policy, prefix: string, arn: string): string[] {
  const name = arn.split(":secret:")[1]?.replace(ARN_SUFFIX, "");
  return policy.directories.filter(({ secret }) => `${prefix}${secret}` === name).map(({ id }) => id);
}
