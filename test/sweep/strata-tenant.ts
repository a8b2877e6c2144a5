/** Strata tenants for sweeps: each a directory of its own in one world, with pushes that are over at once. */

import { after, before, type TestContext } from "node:test";
import { opener } from "../../functions/compose-ports.ts";
import type { Mode } from "../../lib/model/index.ts";
import { hashPolicy } from "../../lib/policy/schema.ts";
import { type Strata, type StrataSettings, startStrata } from "../../simulators/strata/index.ts";
import { strataDirectory } from "../directories/strata/fixture.ts";
import { compile, EVERYONE, startWorld, type World } from "../world.ts";

let world: World;
let tenants = 0;

/** The world of this file's tests; to be called once, outside of them. */
export function inStrataWorld(): { readonly ledger: () => World["ledger"]; readonly time: () => World["time"] } {
  before(async () => {
    world = await startWorld({ accounts: 10 });
  });
  after(() => world.close());
  return { ledger: () => world.ledger, time: () => world.time };
}

export const COLLEAGUE = "colleague@example.com";

export interface Tenant {
  /** Of the directory. */
  readonly id: string;
  readonly strata: Strata;
  /** What the sweep finds its secret under; a test may set it. */
  readonly secret: { version: string };
  sweep(mode?: Mode): ReturnType<World["sweep"]>;
  verdicts(): Promise<Record<string, string | undefined>>;
}

/** A tenant with one profile of each kind, the first `wishes` of them wanted. */
export async function startTenant(
  context: TestContext,
  { wishes = 1, ...more }: { wishes?: number; push?: boolean; adopt?: boolean; location?: object } = {},
  settings: StrataSettings = {},
): Promise<Tenant> {
  const clock = () => Date.now() + world.time.ahead;
  const strata = await startStrata({
    before: ({ route }) => {
      // Instead of the ten seconds that must lie between two looks at the jobs.
      if (route === "jobs") world.time.ahead += 10_000;
    },
    now: clock,
    ...settings,
  });
  context.after(() => strata.close());
  tenants += 1;
  const id = `firewalls-${tenants}`;
  // A push that is over at once: the wait for one that is not is real time.
  strata.setPushBehavior({ looks: 0, children: 0 });
  const own = strataDirectory(strata, wishes);
  const directory = { id, vendor: "strata", mode: "enforce", ...own.settings, ...more };
  const policy = compile(`version: 1\ndirectories: [${JSON.stringify(directory)}]\n${EVERYONE}`);
  const secret = { version: "v1" };
  const secrets = { read: async () => ({ value: own.secret, version: secret.version }) };
  return {
    id,
    strata,
    secret,
    sweep: (mode = "enforce") =>
      world.sweep(mode, EVERYONE, {
        policy,
        policyHash: hashPolicy(policy),
        open: opener(policy, secrets, fetch, clock),
      }),
    verdicts: async () => {
      const subjects = strata.candidate().map(({ name }) => `Mobile Users/${name}`);
      const states = await world.ledger.readStates(id, subjects, true);
      return Object.fromEntries(
        [...states].map(([subject, { judgement }]) => [subject.split("/")[1], judgement.verdict]),
      );
    },
  };
}

export const writes = ({ strata }: Tenant) =>
  strata.calls
    .filter(({ method, route }) => method !== "GET" && route !== "token")
    .map(({ method, route }) => `${method} ${route}`);
export const running = ({ strata }: Tenant, name: string) => strata.running().find((profile) => profile.name === name);
