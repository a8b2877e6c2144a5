/** A simulated Okta org, and the directory that is opened on it. */

import type { TestContext } from "node:test";
import { openDirectory } from "../../../lib/directories/index.ts";
import type { Directory, Subject } from "../../../lib/model/index.ts";
import { type Okta, type OktaSettings, startOkta } from "../../../simulators/okta/index.ts";
import { never } from "../tenant.ts";
import { oktaDirectory } from "./fixture.ts";

export const noon = Date.parse("2026-11-20T12:00:00Z");

/** Opens a directory whose clock stands at noon. @param secret in place of the app's */
export const openOn = (okta: Okta, secret: object = okta.credentials): Directory =>
  openDirectory("okta", {
    id: "workforce",
    settings: oktaDirectory(okta).settings,
    secret,
    secretVersion: "1",
    fetch,
    clock: () => noon,
  });

export interface World {
  readonly okta: Okta;
  readonly directory: Directory;
}

/** Twenty people, eight a page, if the settings do not say otherwise. */
export async function start(context: TestContext, simulated: Partial<OktaSettings> = {}): Promise<World> {
  const okta = await startOkta({ users: 20, pageSize: 8, now: () => noon, ...simulated });
  context.after(() => okta.close());
  return { okta, directory: openOn(okta) };
}

/** Every subject of a listing, in its order. */
export async function listAll(directory: Directory): Promise<Subject[]> {
  const subjects: Subject[] = [];
  for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
    const page = await directory.page(cursor, never);
    subjects.push(...page.subjects);
    cursor = page.next;
  }
  return subjects;
}

/** Somebody active who is in no group and has no factor. */
export function someone({ okta }: World): string {
  const { id } = okta.user(3);
  okta.change(id, { status: "ACTIVE", factors: [], groups: [] });
  return id;
}
