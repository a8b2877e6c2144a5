/** What a person may rely on whatever else their shell sets: no command crashes, and calls go where they should. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { after, before, test } from "node:test";
import { chooseEnvironment, requireNode } from "../../cli/environment.ts";
import { chooseProxy } from "../../cli/proxy.ts";
import { openWorkspace, type Workspace, wardenWith } from "./workspace.ts";

let workspace: Workspace;
before(async () => {
  workspace = await openWorkspace({ accounts: 20, mfaEnabledShare: 1 });
});
after(() => workspace.close());

/** Values that the libraries inside take for wrong, or that send calls elsewhere. */
const HOSTILE = {
  LOG_LEVEL: "debug",
  AWS_LAMBDA_LOG_LEVEL: "banana",
  AWS_LAMBDA_LOG_FORMAT: "banana",
  AWS_LAMBDA_FUNCTION_NAME: "banana",
  AWS_LAMBDA_INITIALIZATION_TYPE: "banana",
  AWS_EXECUTION_ENV: "AWS_Lambda_nodejs",
  LAMBDA_TASK_ROOT: "/nowhere",
  LAMBDA_RUNTIME_DIR: "/nowhere",
  _X_AMZN_TRACE_ID: "banana",
  DURABLE_VERBOSE_MODE: "true",
  POWERTOOLS_LOG_LEVEL: "banana",
  POWERTOOLS_METRICS_NAMESPACE: "banana",
  POWERTOOLS_DEV: "banana",
  AWS_PROFILE: "nobody",
  AWS_SDK_LOAD_CONFIG: "1",
  AWS_RETRY_MODE: "banana",
  AWS_MAX_ATTEMPTS: "banana",
  AWS_DEFAULTS_MODE: "banana",
  AWS_USE_FIPS_ENDPOINT: "true",
  AWS_USE_DUALSTACK_ENDPOINT: "true",
  AWS_ENDPOINT_URL: "http://127.0.0.1:1",
  AWS_ENDPOINT_URL_DYNAMODB: "http://127.0.0.1:1",
  AWS_ENDPOINT_URL_S3: "http://127.0.0.1:1",
  AWS_ENDPOINT_URL_SQS: "http://127.0.0.1:1",
  AWS_REGION: "nowhere-1",
  AWS_DEFAULT_REGION: "nowhere-1",
  AWS_REQUEST_CHECKSUM_CALCULATION: "banana",
  AWS_RESPONSE_CHECKSUM_VALIDATION: "banana",
  AWS_ACCOUNT_ID_ENDPOINT_MODE: "banana",
  AWS_AUTH_SCHEME_PREFERENCE: "banana",
  AWS_S3_USE_ARN_REGION: "banana",
  AWS_S3_DISABLE_EXPRESS_SESSION_AUTH: "banana",
  AWS_ENDPOINT_DISCOVERY_ENABLED: "banana",
  AWS_SIGV4A_SIGNING_REGION_SET: "banana",
  AWS_CREDENTIAL_EXPIRATION: "banana",
  AWS_SDK_UA_APP_ID: "\u00e9".repeat(60),
  FAUXQS_PORT: "1",
  FAUXQS_HOST: "0.0.0.0",
  FAUXQS_INIT: "/nowhere",
  DEBUG: "*",
  NODE_ENV: "production",
  NODE_TLS_REJECT_UNAUTHORIZED: "0",
  NODE_USE_ENV_PROXY: "1",
  HTTP_PROXY: "http://127.0.0.1:1",
  HTTPS_PROXY: "http://127.0.0.1:1",
  ALL_PROXY: "http://127.0.0.1:1",
  npm_config_loglevel: "silly",
  npm_config_proxy: "http://127.0.0.1:1",
  TERM: "banana",
  COLUMNS: "banana",
  TZ: "Nowhere/City",
  LANG: "banana",
  LC_ALL: "banana",
};

test("a hostile environment changes no command", async () => {
  const { folder } = workspace;
  const commands: [code: number, ...args: string[]][] = [
    [0, "sweep", "--json"],
    [0, "status"],
    [0, "doctor"],
    [0, "report"],
    [0, "verify"],
  ];
  for (const [code, ...args] of commands) {
    const result = await wardenWith({ folder, env: HOSTILE }, ...args);
    assert.equal(result.code, code, `${args.join(" ")}: ${result.stderr}`);
    assert.doesNotMatch(result.stderr, /\n\s+at |Warning|ERR_/, args.join(" "));
  }
});

for (const level of ["debug", "info", "warn"])
  test(`LOG_LEVEL=${level} is for somebody else`, async () => {
    const { code, stderr } = await wardenWith({ folder: workspace.folder, env: { LOG_LEVEL: level } }, "status");
    assert.deepEqual([code, stderr], [0, ""]);
  });

test("the parts get what they are to honour, and with --aws also what the AWS clients read", () => {
  const shell = { PATH: "/bin", LOG_LEVEL: "debug", AWS_PROFILE: "x", MFA_WARDEN_TABLE: "t", AWS_REGION: "r" };
  const local = chooseEnvironment(shell, false);
  assert.deepEqual(
    [local.PATH, local.LOG_LEVEL, local.AWS_PROFILE, local.MFA_WARDEN_TABLE, local.AWS_REGION],
    ["/bin", undefined, undefined, "t", "r"],
  );
  assert.deepEqual(chooseEnvironment(shell, true), {
    PATH: "/bin",
    AWS_PROFILE: "x",
    MFA_WARDEN_TABLE: "t",
    AWS_REGION: "r",
  });
});

test("a Node that is too old is told so", () => {
  for (const version of ["20.20.2", "22.17.1"])
    assert.throws(() => requireNode(version), new RegExp(`This is Node ${version}; mfa-warden needs 22.18 or later`));
  for (const version of ["22.18.0", "24.0.0", "25.1.0"]) requireNode(version);
});

test("a proxy for https alone is enough, and loopback never goes through one", () => {
  assert.equal(chooseProxy({}), undefined);
  const proxy = chooseProxy({ HTTPS_PROXY: "proxy.example.com:3128", NO_PROXY: "example.org" });
  assert.equal(proxy?.HTTPS_PROXY, "http://proxy.example.com:3128");
  assert.equal(proxy?.NO_PROXY, "example.org,localhost,127.0.0.1,::1");
  assert.equal(chooseProxy({ HTTP_PROXY: "http://proxy.example.com:3128" })?.NO_PROXY, "*");
});

test("vendors are called through HTTPS_PROXY, and a wrong one is named", async (t) => {
  const { folder, write } = workspace;
  const asked: string[] = [];
  const proxy = createServer().on("connect", ({ url = "" }, socket) => {
    asked.push(url);
    socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
  });
  const address = await listen(proxy);
  t.after(() => proxy.close());
  write("far.yaml", FAR_POLICY);
  const args = ["doctor", "--policy", "far.yaml"];
  const { code } = await wardenWith({ folder, env: { HTTPS_PROXY: address } }, ...args);
  assert.equal(code, 3);
  assert.ok(
    asked.some((url) => url.endsWith(".pingone.eu:443")),
    asked.join(),
  );
  const wrong = await wardenWith({ folder, env: { HTTPS_PROXY: "http://" } }, ...args);
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /HTTPS_PROXY is not the address of a proxy/);
});

async function listen(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return typeof address === "object" && address !== null ? `http://127.0.0.1:${address.port}` : assert.fail();
}

const FAR_POLICY = `version: 1
directories:
  - id: workforce
    vendor: pingone
    environment: abfba8f6-49eb-49f5-a5d9-80ad5c98f9f6
    region: eu
    mode: observe
rules:
  - { name: everyone, match: all, require: enabled }
`;
