/** The simulated vendors, each a process of its own that ends with this one. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import * as v from "valibot";
import { WardenError } from "../../lib/errors.ts";
import { productProgram } from "../product.ts";
import { COLLEAGUES, colleagueAddresses } from "./colleagues.ts";
import {
  KEYCLOAK_USERS,
  mfaEnabledShare,
  pingoneAccounts,
  type SampleOptions,
  type Simulated,
  VMWARE_USERS,
} from "./sample-settings.ts";

const pair = v.object({ clientId: v.string(), clientSecret: v.string() });
const pingone = v.object({
  endpoints: v.object({ api: v.string(), auth: v.string() }),
  environment: v.string(),
  credentials: pair,
  control: v.string(),
});
const vmware = v.object({
  endpoints: v.object({ api: v.string() }),
  organization: v.string(),
  credentials: v.object({
    principals: v.record(v.string(), v.record(v.string(), v.string())),
    reader: v.object({ apiToken: v.string() }),
  }),
  control: v.string(),
});
const strata = v.object({
  endpoints: v.object({ api: v.string(), operations: v.string(), auth: v.string() }),
  tenant: v.string(),
  location: v.object({ folder: v.string() }),
  credentials: pair,
  wishes: v.array(
    v.object({
      name: v.string(),
      certificateProfile: v.string(),
      kind: v.string(),
      shown: v.record(v.string(), v.union([v.string(), v.number()])),
      secret: v.record(v.string(), v.string()),
    }),
  ),
  control: v.string(),
});

const keycloak = v.object({ server: v.string(), realm: v.string(), credentials: pair, control: v.string() });

export interface Simulators extends Simulated {
  /** Under which each one is told what happens in it. */
  readonly controls: Readonly<Record<"pingone" | "vmware" | "strata" | "keycloak", string>>;
  stop(): void;
}

/** Throws `ERR_INTERNAL` when one of them does not start. */
export async function startSimulators(options: SampleOptions): Promise<Simulators> {
  const children: ChildProcess[] = [];
  const startOne = <S extends v.GenericSchema>(name: string, schema: S, args: readonly (string | number)[]) =>
    start(name, schema, args.map(String), children);
  try {
    const [ping, csp, scm, realm] = await Promise.all([
      startOne("pingone", pingone, [
        "--accounts",
        pingoneAccounts(options),
        "--seed",
        options.seed,
        "--share",
        mfaEnabledShare(options),
      ]),
      startOne("vmware-csp", vmware, ["--users", VMWARE_USERS - COLLEAGUES, "--seed", options.seed]),
      startOne("strata", strata, []),
      startOne("keycloak", keycloak, ["--accounts", KEYCLOAK_USERS, "--seed", options.seed]),
    ]);
    for (const username of colleagueAddresses(options)) await joinVmware(csp.control, username);
    const controls = { pingone: ping.control, vmware: csp.control, strata: scm.control, keycloak: realm.control };
    return { pingone: ping, vmware: csp, strata: scm, keycloak: realm, controls, stop: () => killAll(children) };
  } catch (error) {
    killAll(children);
    throw error;
  }
}

const JOIN_DEADLINE_MS = 10_000;

const joinVmware = (control: string, username: string) =>
  fetch(`${control}/join`, {
    method: "POST",
    body: JSON.stringify({ username }),
    signal: AbortSignal.timeout(JOIN_DEADLINE_MS),
  });

const killAll = (children: readonly ChildProcess[]) => {
  for (const child of children) child.kill();
};

async function start<S extends v.GenericSchema>(
  name: string,
  schema: S,
  args: readonly string[],
  children: ChildProcess[],
): Promise<v.InferOutput<S>> {
  const script = productProgram(`simulators/${name}/index`);
  const child = spawn(process.execPath, [script, ...args, "--with-parent"], { stdio: ["pipe", "pipe", "inherit"] });
  children.push(child);
  const [line] = await Promise.race([once(createInterface({ input: child.stdout }), "line"), once(child, "exit")]);
  if (typeof line === "string") return v.parse(schema, JSON.parse(line));
  throw new WardenError(
    "ERR_INTERNAL",
    `The simulator of ${name} ended before it answered; run \`simulate\` to see why.`,
  );
}
