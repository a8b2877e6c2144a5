/** What the ledger sends to DynamoDB. */
import type { Item, Placeholders } from "./operand.ts";

/** What the commands have in common, in plain values. */
export interface Input {
  readonly Key?: Item;
  readonly Item?: Item;
  readonly RequestItems?: Readonly<Record<string, BatchRequest>>;
  readonly IndexName?: string;
  readonly KeyConditionExpression?: string;
  readonly ConditionExpression?: string;
  readonly UpdateExpression?: string;
  readonly ExpressionAttributeNames?: Placeholders["names"];
  readonly ExpressionAttributeValues?: Placeholders["values"];
  readonly ConsistentRead?: boolean;
  readonly ScanIndexForward?: boolean;
  readonly Limit?: number;
  readonly GlobalSecondaryIndexes?: readonly IndexDescription[];
}

interface BatchRequest {
  readonly Keys?: readonly Item[];
  readonly ConsistentRead?: boolean;
}

interface IndexDescription {
  readonly IndexName: string;
  /** The hash key, then the range key. */
  readonly KeySchema: readonly { readonly AttributeName: string }[];
}
