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
    ],
  }),
});

const items = (...actions: ("GetItem" | "BatchGetItem" | "PutItem" | "UpdateItem" | "Query")[]) => [
  { actions: actions.map((action) => `dynamodb:${action}`), resources: [ledger.arn] },
];
const byStart = [{ actions: ["dynamodb:Query"], resources: [$interpolate`${ledger.arn}/index/runs`] }];

/** Runs, how each directory did in them, and the budget; and since when directories are deployed. */
export const watchRuns = [...items("GetItem", "Query", "UpdateItem"), ...byStart];
/** And what was recorded of accounts. */
export const readLedger = [...items("GetItem", "BatchGetItem", "Query"), ...byStart];
/** What a run says of itself. */
export const recordRun = [...items("GetItem", "PutItem", "UpdateItem", "Query"), ...byStart];
/** What was read of accounts, and what was changed. */
export const recordSubjects = items("GetItem", "BatchGetItem", "PutItem", "UpdateItem", "Query");
/** And the runs before, of which a sweep closes those that died. */
export const recordSweep = [...recordSubjects, ...byStart];
/** A directory's lease, and the head of its chain of manifests. */
export const recordSeals = items("GetItem", "UpdateItem", "Query");
