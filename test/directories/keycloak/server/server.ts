/** A real Keycloak server on loopback, with its data in memory, and its admin API as an administrator calls it. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

const START_DEADLINE_MS = 4 * 60_000;
const STOP_DEADLINE_MS = 20_000;
const POLL_MS = 500;

export interface AdminAnswer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: a wrong answer may fail a test in any way it likes
  readonly body: any;
}

export interface RealKeycloak {
  readonly origin: string;
  /** One call as the administrator of the master realm. @param path below `/admin/realms` */
  admin(method: string, path: string, body?: unknown): Promise<AdminAnswer>;
  close(): Promise<void>;
}

/** Starts a server and resolves when it answers. Its output is thrown away. */
export async function startRealKeycloak(home: string): Promise<RealKeycloak> {
  const [port, managementPort] = [await freePort(), await freePort()];
  const password = crypto.randomUUID();
  const flags = [
    "--db=dev-mem",
    "--http-host=127.0.0.1",
    `--http-port=${port}`,
    `--http-management-port=${managementPort}`,
  ];
  const server = spawn("bash", [`${home}/bin/kc.sh`, "start-dev", ...flags], {
    env: { ...process.env, KC_BOOTSTRAP_ADMIN_USERNAME: "admin", KC_BOOTSTRAP_ADMIN_PASSWORD: password },
    stdio: "ignore",
    // A group of its own: the script starts Java as a child.
    detached: true,
  });
  const origin = `http://127.0.0.1:${port}`;
  const close = () => endGroup(server);
  try {
    await waitUntilUp(origin, server);
  } catch (error) {
    await close();
    throw error;
  }
  return { origin, admin: adminOf(origin, password), close };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function waitUntilUp(origin: string, server: ChildProcess): Promise<void> {
  for (const end = Date.now() + START_DEADLINE_MS; Date.now() < end; await delay(POLL_MS)) {
    if (server.exitCode !== null) throw new Error(`Keycloak ended with ${server.exitCode} before it answered.`);
    const answer = await fetch(`${origin}/realms/master`).catch(() => undefined);
    if (answer?.ok) return;
  }
  throw new Error(`Keycloak did not answer in ${START_DEADLINE_MS / 60_000} minutes.`);
}

/** The whole group by its id, first politely. */
async function endGroup(server: ChildProcess): Promise<void> {
  const { pid } = server;
  if (pid === undefined || server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, "exit");
  process.kill(-pid, "SIGTERM");
  const killer = setTimeout(() => process.kill(-pid, "SIGKILL"), STOP_DEADLINE_MS);
  await ended;
  clearTimeout(killer);
}

function adminOf(origin: string, password: string): RealKeycloak["admin"] {
  let token: { readonly value: string; readonly until: number } | undefined;
  const freshToken = async () => {
    if (token && Date.now() < token.until) return token.value;
    const form = new URLSearchParams({ grant_type: "password", client_id: "admin-cli", username: "admin", password });
    const answer = await fetch(`${origin}/realms/master/protocol/openid-connect/token`, { method: "POST", body: form });
    const { access_token, expires_in } = JSON.parse(await answer.text());
    token = { value: access_token, until: Date.now() + (expires_in - 20) * 1000 };
    return token.value;
  };
  return async (method, path, body) => {
    const headers = { authorization: `Bearer ${await freshToken()}`, "content-type": "application/json" };
    const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const answer = await fetch(`${origin}/admin/realms${path}`, init);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text.slice(0, 300)}`);
    return { status: answer.status, body: text === "" ? undefined : JSON.parse(text) };
  };
}
