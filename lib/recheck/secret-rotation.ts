/** A secret that has a new version, as Secrets Manager tells it: whose it is. */
import * as v from "valibot";
import type { Policy } from "../policy/index.ts";

/**
 * Nothing of the detail is read, only which secret it is about.
 * https://docs.aws.amazon.com/eventbridge/latest/ref/events-structure.html
 */
const rotatedSchema = v.object({
  id: v.string(),
  source: v.literal("aws.secretsmanager"),
  "detail-type": v.literal("Secret Label Updated"),
  resources: v.pipe(v.array(v.string()), v.minLength(1)),
});

export interface Rotation {
  readonly id: string;
  readonly arn: string;
}

/** `undefined`: the message is of another kind. */
export function readRotation(body: string): Rotation | undefined {
  const read = v.safeParse(v.pipe(v.string(), v.parseJson(), rotatedSchema), body);
  const [arn] = read.success ? read.output.resources : [];
  return read.success && arn !== undefined ? { id: read.output.id, arn } : undefined;
}

/** What Secrets Manager appends to a name: six characters after a hyphen. */
const SUFFIX = /-[A-Za-z0-9]{6}$/;

/** The directories of the policy whose secret it is. @param prefix stands before the name of every secret */
export function directoriesOf(policy: Policy, prefix: string, { arn }: Rotation): string[] {
  const name = arn.split(":secret:")[1]?.replace(SUFFIX, "");
  return policy.directories.filter(({ secret }) => `${prefix}${secret}` === name).map(({ id }) => id);
}
