/** A simulated PingOne environment, and the directory that is opened on it. */

import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { openDirectory } from "../../../lib/directories/index.ts";
import type { Directory, Subject } from "../../../lib/model/index.ts";
import { type PingOne, type PingOneSettings, startPingOne } from "../../../simulators/pingone/index.ts";
import { never } from "../tenant.ts";

export const noon = Date.parse("2026-11-20T12:00:00Z");

/** What may be other than usual about a directory. */
export interface DirectoryOptions {
  readonly id?: string;
  readonly settings?: unknown;
  readonly secret?: object;
  readonly fetch?: typeof fetch;
}

/** Opens a directory whose clock stands at noon. */
export const openPingOne = (options: DirectoryOptions): Directory =>
  openDirectory("pingone", {
    id: "workforce",
    settings: {},
    secret: {},
    secretVersion: "1",
    fetch,
    clock: () => noon,
    ...options,
  });

/** Settings and secret of a simulated environment. */
export const accessTo = ({ environment, endpoints, credentials }: PingOne) => ({
  settings: { environment, region: "eu", endpoints },
  secret: { ...credentials },
});

export interface World {
  readonly pingone: PingOne;
  readonly directory: Directory;
  /** The account with this index, as the listing shows it. */
  subject(index: number): Promise<Subject>;
}

/** Twenty accounts, ten a page, if the settings do not say otherwise. @param secret fields of the secret that are others */
export async function start(
  context: TestContext,
  settings: Partial<PingOneSettings> = {},
  secret: object = {},
): Promise<World> {
  const pingone = await startPingOne({ accounts: 20, pageSize: 10, now: () => noon, ...settings });
  context.after(() => pingone.close());
  const access = accessTo(pingone);
  const directory = openPingOne({ settings: access.settings, secret: { ...access.secret, ...secret } });
  const subject = async (index: number) => {
    const { subjects } = await directory.page(undefined, never);
    return subjects[index] ?? assert.fail("no such account");
  };
  return { pingone, directory, subject };
}
