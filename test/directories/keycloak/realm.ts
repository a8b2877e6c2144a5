/** A simulated Keycloak realm, and the directory that is opened on it. */

import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { openDirectory } from "../../../lib/directories/index.ts";
import type { Directory, Subject } from "../../../lib/model/index.ts";
import {
  type FlowRow,
  type Keycloak,
  type KeycloakSettings,
  startKeycloak,
} from "../../../simulators/keycloak/index.ts";
import { never } from "../tenant.ts";
import { keycloakDirectory } from "./fixture.ts";

export const noon = Date.parse("2026-11-20T12:00:00Z");

export interface World {
  readonly keycloak: Keycloak;
  readonly directory: Directory;
  /** The account with this index, as a listing shows it now. */
  subject(index: number): Promise<Subject>;
}

/** Twenty accounts, ten a page, if the settings do not say otherwise. @param keys of the policy that are others */
export async function start(
  context: TestContext,
  settings: Partial<KeycloakSettings> = {},
  keys: object = {},
): Promise<World> {
  const keycloak = await startKeycloak({ accounts: 20, pageSize: 10, now: () => noon, ...settings });
  context.after(() => keycloak.close());
  const directory = openOn(keycloak, keys);
  const subject = async (index: number) => {
    const { id } = keycloak.account(index);
    return (await everybody(directory)).find((found) => found.id === id) ?? assert.fail("no such account");
  };
  return { keycloak, directory, subject };
}

/** Opens a directory whose clock stands at noon. @param keys of the policy that are others; `secret` of the secret */
export function openOn(keycloak: Keycloak, keys: object = {}, secret: object = {}): Directory {
  const access = keycloakDirectory(keycloak);
  return openDirectory("keycloak", {
    id: "staff",
    settings: { ...access.settings, ...keys },
    secret: { ...access.secret, ...secret },
    secretVersion: "1",
    fetch,
    clock: () => noon,
  });
}

export async function everybody(directory: Directory): Promise<Subject[]> {
  const subjects: Subject[] = [];
  let next: string | undefined;
  do {
    const page = await directory.page(next, never);
    subjects.push(...page.subjects);
    next = page.next;
  } while (next !== undefined);
  return subjects;
}

/** A browser flow whose second step is as given, after a form for name and password. */
export const browserFlow = (...second: readonly FlowRow[]): FlowRow[] => [
  [0, "ALTERNATIVE", "auth-cookie"],
  [0, "ALTERNATIVE", "flow forms"],
  [1, "REQUIRED", "auth-username-password-form"],
  ...second,
];

/** The second step of a new realm, with these authenticators. */
export const conditional = (...authenticators: readonly string[]): FlowRow[] => [
  [1, "CONDITIONAL", "flow Conditional 2FA"],
  [2, "REQUIRED", "conditional-user-configured"],
  ...authenticators.map((provider): FlowRow => [2, "ALTERNATIVE", provider]),
];
