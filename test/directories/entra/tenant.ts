/** A simulated Entra tenant, and the directory that is opened on it. */

import type { TestContext } from "node:test";
import { openDirectory } from "../../../lib/directories/index.ts";
import type { Directory, Subject } from "../../../lib/model/index.ts";
import { type Entra, type EntraSettings, startEntra } from "../../../simulators/entra/index.ts";
import { never } from "../tenant.ts";

export const noon = Date.parse("2026-11-20T12:00:00Z");

/** What may be other than usual about a directory. */
interface DirectoryOptions {
  readonly settings?: object;
  readonly secret?: object;
  readonly fetch?: typeof fetch;
  readonly clock?: () => number;
}

/** Opens a directory whose clock stands at noon. */
export const openEntra = ({ tenant, endpoints, credentials }: Entra, options: DirectoryOptions = {}): Directory =>
  openDirectory("entra", {
    id: "office",
    settings: { tenant, endpoints, ...options.settings },
    secret: options.secret ?? { ...credentials },
    secretVersion: "1",
    fetch: options.fetch ?? fetch,
    clock: options.clock ?? (() => noon),
  });

export interface World {
  readonly entra: Entra;
  readonly directory: Directory;
}

/** Twenty users, ten a page, if the settings do not say otherwise. @param settings of the directory beside the tenant's own */
export async function start(
  context: TestContext,
  simulated: Partial<EntraSettings> = {},
  settings: object = {},
): Promise<World> {
  const entra = await startEntra({ users: 20, pageSize: 10, now: () => noon, ...simulated });
  context.after(() => entra.close());
  return { entra, directory: openEntra(entra, { settings }) };
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

/** The HTTP calls that were made, by "METHOD route". */
export const countsOf = ({ counts }: Entra): Record<string, number> => counts();

/** An ordinary member who is active. */
export const MEMBER = { accountEnabled: true, userType: "Member", creationType: null } as const;
