/** The ledger: one DynamoDB table, and who may do what with it. */
import { wanted } from "./policy.ts";
import { checkRestored } from "./restored-table.ts";
import { isProduction } from "./stage.ts";

/** As lib/ledger creates it elsewhere. Only seen events carry the TTL attribute. */
const makeTable = () =>
  new sst.aws.Dynamo("Ledger", {
    fields: { pk: "string", sk: "string", open: "string", openId: "string", runs: "string", started: "string" },
    primaryIndex: { hashKey: "pk", rangeKey: "sk" },
    globalIndexes: {
      open: { hashKey: "open", rangeKey: "openId" },
      runs: { hashKey: "runs", rangeKey: "started" },
    },
    ttl: "forgetAt",
    // Pulumi could not remove a protected table together with its stage.
    deletionProtection: isProduction($app.stage),
    // The key that AWS keeps for DynamoDB in this account, so that its use is in CloudTrail.
    transform: { table: { serverSideEncryption: { enabled: true } } },
  });

/**
 * A restored table is gone on with as it is: what a restore leaves out was switched on by hand, or nothing is deployed. It has another
 * logical name than the table that the deployment made, which stays in production.
 */
async function adoptTable(name: string) {
  checkRestored(name, await aws.dynamodb.getTable({ name }), isProduction($app.stage));
  return sst.aws.Dynamo.get("RestoredLedger", name);
}

export const ledger = wanted.ledgerTable === undefined ? makeTable() : await adoptTable(wanted.ledgerTable);

const deleting = ["dynamodb:DeleteItem", "dynamodb:BatchWriteItem", "dynamodb:PartiQLDelete"];

/** Whatever else somebody may do: no item is deleted, and in production not the table either. */
new aws.dynamodb.ResourcePolicy("LedgerPolicy", {
  resourceArn: ledger.arn,
  policy: $jsonStringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "NobodyDeletes",
        Effect: "Deny",
        Principal: "*",
        Action: isProduction($app.stage) ? [...deleting, "dynamodb:DeleteTable"] : deleting,
        Resource: ledger.arn,
      },
      {
        // What carries the attribute of the time to live is deleted by DynamoDB itself.
        Sid: "OnlySeenEventsAreForgotten",
        Effect: "Deny",
        Principal: "*",
        Action: ["dynamodb:PutItem", "dynamodb:UpdateItem"],
        Resource: ledger.arn,
        Condition: {
          "ForAnyValue:StringEquals": { "dynamodb:Attributes": ["forgetAt"] },
          "ForAnyValue:StringNotLike": { "dynamodb:LeadingKeys": ["SEEN#*"] },
        },
      },
    ],
  }),
});

/** What the partition of an item begins with; lib/ledger/keys.ts makes them. */
type Kind =
  | "SUBJECT"
  | "RUN"
  | "LEASE"
  | "SWITCH"
  | "BUDGET"
  | "EVENTS"
  | "SEEN"
  | "HOLD"
  | "HOLDS"
  | "GRACE"
  | "CURSOR"
  | "TOLD";

/** Only items of these kinds. Which items of a partition, IAM cannot tell. */
const ofKinds = (kinds: readonly Kind[]) => [
  { test: "ForAllValues:StringLike", variable: "dynamodb:LeadingKeys", values: kinds.map((kind) => `${kind}#*`) },
];
const items = (
  actions: readonly ("GetItem" | "BatchGetItem" | "PutItem" | "UpdateItem" | "Query")[],
  kinds: Kind[],
) => ({
  actions: actions.map((action) => `dynamodb:${action}`),
  resources: [ledger.arn],
  conditions: ofKinds(kinds),
});
const readItems = (...kinds: Kind[]) => items(["GetItem", "Query"], kinds);
const writeItems = (...kinds: Kind[]) => items(["PutItem", "UpdateItem"], kinds);
const byStart = { actions: ["dynamodb:Query"], resources: [$interpolate`${ledger.arn}/index/runs`] };
/**
 * And the clocks of grace are kept, and a hold that was made by a clock ahead of the time is corrected. Holds themselves are made from
 * the command line.
 */
const changeItems = (...kinds: Kind[]) => [
  items(["PutItem"], kinds),
  items(["UpdateItem"], [...kinds, "HOLD", "GRACE"]),
];

/** Runs, how each directory did in them, which plans have expired, and the budget; and since when directories are deployed. */
export const watchRuns = [readItems("RUN", "SWITCH", "BUDGET"), items(["UpdateItem"], ["RUN", "SWITCH"]), byStart];
/** And what was recorded of accounts. */
export const readLedger = [readItems("RUN", "SUBJECT", "EVENTS"), items(["BatchGetItem"], ["SUBJECT"]), byStart];
/** What a run says of itself and tells teams, and which policy is deployed; the newest plan of a directory is named beside its lease. */
export const recordRun = [
  items(["GetItem"], ["RUN", "SWITCH", "LEASE"]),
  items(["Query"], ["RUN", "SWITCH", "TOLD", "EVENTS"]),
  items(["BatchGetItem"], ["SUBJECT"]),
  writeItems("RUN", "SWITCH", "TOLD"),
  byStart,
];
/** What an event shows of an account, and what was changed. */
export const recordSubjects = [
  readItems("SUBJECT", "BUDGET"),
  items(["BatchGetItem"], ["SUBJECT", "SEEN", "SWITCH", "LEASE", "HOLD", "GRACE"]),
  ...changeItems("SUBJECT", "SEEN", "BUDGET", "EVENTS"),
];
/** How far the logs of vendors were read. */
export const recordCursors = [items(["GetItem"], ["CURSOR"]), items(["PutItem"], ["CURSOR"])];
/** The same of a sweep, its lease and its plan; and the runs before, of which it closes those that died. */
export const recordSweep = [
  readItems("SUBJECT", "RUN", "LEASE", "BUDGET"),
  items(["BatchGetItem"], ["SUBJECT", "SWITCH", "LEASE", "HOLD", "GRACE"]),
  ...changeItems("SUBJECT", "RUN", "LEASE", "BUDGET"),
  byStart,
];
/** A run with its plans, and who holds a directory; a decision is written beside the plan. */
export const decideOnPlans = [items(["GetItem"], ["RUN", "LEASE"]), items(["Query"], ["RUN"]), writeItems("RUN")];
/** A directory's lease, and the head of its chain of manifests. */
export const recordSeals = [readItems("LEASE", "EVENTS"), items(["UpdateItem"], ["LEASE"])];
