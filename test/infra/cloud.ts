/** What the check knows of AWS: how resources are called once they are made. */

export const REGION = "eu-central-1";
export const ACCOUNT = "735291846013";

export type Inputs = Readonly<Record<string, unknown>>;

/** One resource as Pulumi was asked for it; `outputs` is what it would be. */
export interface Made {
  readonly type: string;
  readonly name: string;
  readonly inputs: Inputs;
  readonly outputs: Inputs;
  /** It outlives its stage. */
  readonly retained: boolean;
}

/** A handler as it was bundled. */
export interface Built {
  readonly id: string;
  readonly handler: string;
  readonly folder: string;
  /** In the folder. */
  readonly file: string;
  readonly bytes: number;
  readonly copyFiles: readonly { readonly from: string; readonly to: string }[];
}

export interface Graph {
  readonly app: Inputs;
  readonly outputs: Inputs;
  readonly made: readonly Made[];
  readonly built: readonly Built[];
}

const regional = (service: string, rest: string) => `arn:aws:${service}:${REGION}:${ACCOUNT}:${rest}`;

const ARNS: Readonly<Record<string, (name: string) => string>> = {
  "aws:lambda/function:Function": (name) => regional("lambda", `function:${name}`),
  "aws:sqs/queue:Queue": (name) => regional("sqs", name),
  "aws:sns/topic:Topic": (name) => regional("sns", name),
  "aws:dynamodb/table:Table": (name) => regional("dynamodb", `table/${name}`),
  "aws:cloudwatch/eventBus:EventBus": (name) => regional("events", `event-bus/${name}`),
  "aws:cloudwatch/eventRule:EventRule": (name) => regional("events", `rule/${name}`),
  "aws:kms/key:Key": (name) => regional("kms", `key/${name}`),
  "aws:s3/bucket:Bucket": (name) => `arn:aws:s3:::${name}`,
  "aws:iam/role:Role": (name) => `arn:aws:iam::${ACCOUNT}:role/${name}`,
  "aws:cloudwatch/logGroup:LogGroup": (name) => regional("logs", `log-group:${name}`),
};

/**
 * A resource once it is made, as far as others ask.
 * @param queues stands before a queue's name in its address
 */
export function stateOf(type: string, logical: string, inputs: Inputs, queues: string): Inputs {
  const name = String(inputs.name ?? inputs.bucket ?? logical);
  const arn = ARNS[type]?.(name) ?? regional("other", `${type}/${name}`);
  return {
    ...{ name, arn, ...inputs },
    ...{ qualifiedArn: `${arn}:1`, version: "1", invokeArn: `${arn}/invocations` },
    ...{ qualifiedInvokeArn: `${arn}:1/invocations`, responseStreamingInvokeArn: `${arn}/response` },
    ...{ executionArn: regional("execute-api", name), apiEndpoint: `https://${logical}.invalid` },
    ...(type === "aws:sqs/queue:Queue" ? { url: `${queues}/${name}` } : {}),
    ...(type === "aws:kms/key:Key" ? { keyId: name } : {}),
    ...(type.startsWith("random:") ? { base64: "c2VjcmV0" } : {}),
  };
}
