/** A real Keycloak server on loopback, with its data in memory, and its admin API as an administrator calls it. */

import { freePort, startProgram } from "../../../servers/server-process.ts";

const START_DEADLINE_MS = 4 * 60_000;

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
  const origin = `http://127.0.0.1:${port}`;
  const close = await startProgram({
    name: "Keycloak",
    command: "bash",
    args: [`${home}/bin/kc.sh`, "start-dev", ...flags],
    env: { KC_BOOTSTRAP_ADMIN_USERNAME: "admin", KC_BOOTSTRAP_ADMIN_PASSWORD: password },
    startDeadlineMs: START_DEADLINE_MS,
    isUp: async () => (await fetch(`${origin}/realms/master`)).ok,
  });
  return { origin, admin: adminOf(origin, password), close };
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
