/** `simulate`: the vendors to play with, in the foreground, with a policy and a secrets file that fit them. */

import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { Command } from "commander";
import { shellWord } from "../../lib/notice/index.ts";
import { startEntra } from "../../simulators/entra/index.ts";
import { startKeycloak } from "../../simulators/keycloak/index.ts";
import { type PingOne, startPingOne } from "../../simulators/pingone/index.ts";
import { startStrata } from "../../simulators/strata/index.ts";
import { startVmware } from "../../simulators/vmware-csp/index.ts";
import { readInput } from "../input/read-input.ts";
import { parseWebhookAddress, webhookTarget } from "../input/webhook-address.ts";
import { COLLEAGUES, colleagueAddresses } from "../local/colleagues.ts";
import { startExampleOkta } from "../local/example-okta.ts";
import { userName } from "../local/origin.ts";
import { clock } from "../local/records.ts";
import { writeSample } from "../local/sample.ts";
import {
  DIRECTORIES,
  KEYCLOAK_USERS,
  mfaEnabledShare,
  pingoneAccounts,
  type SampleFiles,
  type SampleOptions,
  type Simulated,
  VMWARE_USERS,
} from "../local/sample-settings.ts";
import { commandLine } from "../terminal/command-text.ts";
import { onStop } from "../terminal/interrupt.ts";
import { exitWith, pathOption, wholeNumber } from "../terminal/options.ts";
import { results } from "../terminal/output.ts";
import { bold, dim } from "../terminal/piece.ts";

interface SimulateOptions {
  readonly accounts: number;
  readonly seed: number;
  readonly port: number;
  readonly out: string;
  readonly hooks?: string;
}

const DIRECTORY = DIRECTORIES.pingone;
const ENTRA_USERS = 20;
const OKTA_USERS = 20;

export const simulateCommand = (): Command =>
  new Command("simulate")
    .description("Runs the simulated vendors until Ctrl-C, and writes a policy and a secrets file to try against them")
    .option("--accounts <number>", "how many accounts they have together", wholeNumber(100), 2_000)
    .option("--seed <number>", "the same seed gives the same people", wholeNumber(0), 7)
    .option("--port <number>", "of PingOne; 0: any free one", wholeNumber(0), 0)
    .addOption(pathOption("--out <dir>", "where to write the two files", join(".mfa-warden", "simulate")))
    .option(
      "--hooks <address>",
      "where `serve` listens, or will: every change of an account is sent there",
      parseWebhookAddress,
    )
    .action(exitWith(simulate));

async function simulate({ accounts, seed, port, out, hooks }: SimulateOptions): Promise<number> {
  const stopped = new Promise<void>((resolve) => onStop(() => resolve()));
  const options: SampleOptions = {
    accounts,
    seed,
    otherUsers: ENTRA_USERS + KEYCLOAK_USERS + OKTA_USERS,
    approvers: [userName()],
    selfApproval: true,
  };
  const pingone = await startPingOne({
    accounts: pingoneAccounts(options),
    seed,
    port,
    mfaEnabledShare: mfaEnabledShare(options),
  });
  const [vmware, strata, entra, keycloak, okta] = await Promise.all([
    startVmware({ users: VMWARE_USERS - COLLEAGUES, seed }),
    startStrata(),
    startEntra({ users: ENTRA_USERS, seed }),
    startKeycloak({ accounts: KEYCLOAK_USERS, seed }),
    startExampleOkta({ users: OKTA_USERS, seed }),
  ]);
  try {
    const simulated = {
      pingone,
      vmware,
      strata: { ...strata, wishes: [strata.wish(0)] },
      entra,
      keycloak,
      okta: { ...okta, enrolmentGroup: okta.known.enrolment.id },
    };
    for (const [index, address] of colleagueAddresses(options).entries()) {
      vmware.join(address);
      entra.change(entra.user(index).id, { mail: address });
      keycloak.change(keycloak.account(index).id, { email: address });
      const { id, created } = okta.user(index);
      okta.change(id, { email: address, lastUpdated: created });
    }
    await presentSimulators(simulated, options, out, hooks);
    await stopped;
  } finally {
    await Promise.all([pingone, vmware, strata, entra, keycloak, okta].map((vendor) => vendor.close()));
  }
  return 0;
}

/** Writes the files, and shows what can be done with them. */
async function presentSimulators(
  simulated: Required<Simulated> & { readonly pingone: PingOne },
  options: SampleOptions,
  out: string,
  hooks: string | undefined,
): Promise<void> {
  const { pingone } = simulated;
  const credential = randomBytes(32).toString("base64url");
  const credentials = { ...pingone.credentials, hooks: [credential] };
  const files = writeSample(out, { ...simulated, pingone: { ...pingone, credentials } }, options);
  if (hooks !== undefined) await subscribeWebhooks(files, hooks, credential);
  results.line(`A PingOne with ${pingoneAccounts(options)} people answers at `, bold(pingone.endpoints.auth), ",");
  results.line(`VMware Cloud Services at `, bold(simulated.vmware.endpoints.api), ",");
  results.line(`Strata Cloud Manager at `, bold(simulated.strata.endpoints.auth), ",");
  results.line(`Entra ID with ${ENTRA_USERS} people at `, bold(simulated.entra.endpoints.graph), ",");
  results.line(`a Keycloak realm with ${KEYCLOAK_USERS} people at `, bold(simulated.keycloak.server), ",");
  results.line(`an Okta org with ${OKTA_USERS} people at `, bold(simulated.okta.org), ".");
  results.line("In another terminal:");
  const someone = findExampleUser(pingone, pingoneAccounts(options));
  showCommands(files, join(out, "state"), someone, hooks);
  showChange(pingone, someone, hooks);
  results.line(dim("Ctrl-C ends it."));
}

/** By the product's own way of setting webhooks up; the simulator keeps what it has to send until somebody takes it. */
async function subscribeWebhooks(files: SampleFiles, address: string, credential: string): Promise<void> {
  const signal = AbortSignal.timeout(30_000);
  const { open } = await readInput(files, clock, signal);
  await (await open(DIRECTORY, signal)).hooks?.apply(webhookTarget(address, DIRECTORY, credential), signal);
}

/** Somebody whom an event can do something for: an active person of long standing, with MFA on and a device. */
function findExampleUser(pingone: PingOne, accounts: number): string {
  const special = new Set([pingone.populations[2]?.id]);
  for (let index = 0; index < accounts; index++) {
    const { id, enabled, mfaEnabled, population, groups, devices } = pingone.account(index);
    const ready = devices.some(({ status }) => status === "ACTIVE");
    if (enabled && mfaEnabled && ready && groups.length === 0 && !special.has(population)) return id;
  }
  return pingone.account(0).id;
}

function showCommands({ policy, secrets }: SampleFiles, state: string, id: string, hooks: string | undefined): void {
  const files = `--policy ${shellWord(policy)} --secrets ${shellWord(secrets)} --state ${shellWord(state)}`;
  const port = hooks === undefined ? "" : `--port ${new URL(hooks).port || 80} `;
  for (const command of [
    "doctor",
    "sweep",
    "sweep --mode enforce",
    `serve ${port}`.trim(),
    `explain ${DIRECTORY}/${id}`,
  ])
    results.line(`  ${commandLine(`${command} ${files}`)}`);
  results.line(`  ${commandLine(`status --state ${shellWord(state)}`)}`);
  results.line(`  ${commandLine(`history ${DIRECTORY}/${id} --state ${shellWord(state)}`)}`);
}

function showChange({ endpoints }: PingOne, id: string, hooks: string | undefined): void {
  const body = JSON.stringify({ id, patch: { mfaEnabled: false } });
  results.line("Switch somebody's MFA off from outside:");
  results.line(`  curl -X POST ${endpoints.auth}/_simulator/change -d '${body}'`);
  if (hooks === undefined)
    results.line(dim("No events are sent: --hooks http://127.0.0.1:8787 sends them to `serve`."));
}
