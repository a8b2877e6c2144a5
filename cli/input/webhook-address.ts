/** Where a vendor is to send its webhooks. */

import { InvalidArgumentError } from "commander";
import * as v from "valibot";
import { endpoint, withoutTrailingSlash } from "../../lib/directories/index.ts";
import type { WebhookTarget } from "../../lib/model/index.ts";

/** For `--url` and the like: an address up to `/hooks`, which may be given with it. */
export function parseWebhookAddress(text: string): string {
  const address = withoutTrailingSlash(withoutTrailingSlash(text).replace(/\/hooks$/, ""));
  if (v.is(endpoint, address)) return address;
  throw new InvalidArgumentError("It is not an https address, or http on loopback.");
}

/** @param address up to `/hooks`, without a slash in the end */
export const webhookTarget = (address: string, directory: string, header: string): WebhookTarget => ({
  url: `${address}/hooks/${directory}`,
  header,
});
