/** What somebody who installs the package may rely on: nothing else is needed, on Node 22 as on 24, and it says which code it is. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { commitIn } from "../../functions/commit.ts";
import manifest from "../../package.json" with { type: "json" };
import { findNodes, type Installed, install, isRegistryInReach, type Packed, pack, ROOT } from "./installed.ts";

const folder = mkdtempSync(join(tmpdir(), "warden-package-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** What was packed: somebody may go on working in the clone. */
const code = `mfa-warden ${manifest.version} ${commitIn(ROOT)}`;
const packed = await pack(folder);
const reachable = await isRegistryInReach();
const skip = reachable ? false : "the registry is out of reach: nothing can be installed";
const nodes = reachable ? await findNodes(mkdtempSync(join(folder, "node-"))) : [];

const hashOf = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");
/** Bytes of all files below. */
const sizeOf = (path: string): number =>
  readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + readFileSync(join(parentPath, name)).length, 0);

test("the archive holds compiled code, what it reads, and no test", (t) => {
  const { files, size, unpackedSize }: Packed = packed;
  t.diagnostic(`archive ${size} bytes, ${unpackedSize} unpacked, ${files.length} files`);
  const strange = files.filter(
    (file) => !/^(dist\/(cli|functions|lib|simulators|verify)\/|docs\/[\w-]+\.md$|examples\/)/.test(file),
  );
  assert.deepEqual(strange.toSorted(), [
    "LICENSE",
    "README.md",
    "dist/commit.txt",
    "dist/package.json",
    "dist/policy.schema.json",
    "package.json",
  ]);
  assert.deepEqual(
    files.filter((file) => /\.ts$|\.map$|(^|\/)test\/|\.(test|check)\./.test(file)),
    [],
  );
  assert.ok(size < 1_000_000, `${size} bytes`);
  const hooks = ["preinstall", "install", "postinstall", "prepare"];
  assert.deepEqual(
    Object.keys(manifest.scripts).filter((name) => hooks.includes(name)),
    [],
  );
});

test("the installed word and the clone run by the same switches of Node", () => {
  const [, switches = ""] = /SWITCHES = \[(.+)\]/.exec(readFileSync(join(ROOT, "cli/launch.ts"), "utf8")) ?? [];
  const given = [...switches.matchAll(/"(\S+)"/g)].map(([, name]) => name).join(" ");
  assert.equal(manifest.scripts.warden, `node ${given} cli/warden.ts`);
  assert.equal(manifest.scripts.demo, `${manifest.scripts.warden} demo`);
});

test("it can be installed", { skip }, () => assert.ok(nodes.length > 1));

for (const node of nodes)
  describe(`the installed package under Node ${node.version}`, () => {
    let installed: Installed;
    before(async () => {
      installed = await install(packed.tarball, node.folder);
    });
    after(() => installed.remove());

    const succeed = async (...args: string[]): Promise<string> => {
      const { code: exit, stdout, stderr } = await installed.warden(args);
      assert.ok(exit === 0, `${args.join(" ")}: ${exit}\n${stdout}${stderr}`);
      return stdout;
    };

    test("is small enough, and says which commit it is", async (t) => {
      t.diagnostic(`installed: ${sizeOf(join(installed.folder, "node_modules"))} bytes`);
      assert.equal(await succeed("--version"), `${code}\n`);
    });

    test("shows the demo, and then commands that work where it stands", async () => {
      const said = await succeed("demo", "--accounts", "150");
      assert.match(said, /The vendors were told to change 0 things/);
      assert.match(said, /^ {2}npx mfa-warden status --state \S+$/m);
      assert.doesNotMatch(said, /npm run/);
      const bin = join(installed.folder, "bin");
      mkdirSync(bin);
      symlinkSync(join(installed.folder, "node_modules/mfa-warden/dist/cli/launch.js"), join(bin, "warden"));
      const env = { PATH: `${bin}:${node.folder}:/usr/bin:/bin` };
      const { stdout } = await installed.warden(["init", "--yes", "--out", "other.yaml"], { env });
      assert.match(stdout, /^ {2}warden doctor --policy \S+ --secrets \S+$/m);
      rmSync(join(installed.work, "secrets.example.json"));
    });

    test("sweeps, reports and verifies, and its evidence names the commit", async () => {
      const end = await installed.start(["simulate", "--accounts", "150", "--out", "sim"], /Ctrl-C ends it/);
      try {
        const state = ["--state", "state"];
        const policy = ["--policy", "sim/policy.yaml", "--secrets", "sim/secrets.json"];
        const swept = await installed.warden(["sweep", "--mode", "enforce", "--json", ...policy, ...state]);
        assert.equal(swept.code, 1, swept.stderr);
        const report: { run: string; status: string } = JSON.parse(swept.stdout);
        assert.equal(report.status, "completed");
        await succeed("report", ...state);
        await succeed("report", "--pack", "pack.zip", ...state);
        assert.match(await succeed("verify", ...state), /^VERIFIED/);
        assert.match(await succeed("doctor", ...policy, ...state), /passed/);
        const [name] = readdirSync(join(installed.work, "state/evidence/runs", report.run, "workforce"), {
          recursive: true,
        })
          .map(String)
          .filter((file) => file.endsWith("manifest.json"));
        const signed = readFileSync(
          join(installed.work, "state/evidence/runs", report.run, "workforce", name ?? ""),
          "utf8",
        );
        assert.ok(signed.includes(code), signed.slice(0, 2_000));
      } finally {
        assert.equal(await end(), 0);
      }
    });

    test("brings the verifier as auditors know it, and init's schema", async () => {
      const own = join(installed.folder, "node_modules/mfa-warden/dist");
      assert.equal(hashOf(join(own, "verify/verify.mjs")), hashOf(join(ROOT, "verify/verify.mjs")));
      await succeed("init", "--yes");
      const text = readFileSync(join(installed.work, "policy.yaml"), "utf8");
      const [, schema = ""] = /\$schema=(\S+)/.exec(text) ?? [];
      assert.ok(existsSync(join(installed.work, schema)), schema);
    });

    test("calls vendors through a proxy, and this machine without one", async () => {
      const asked: string[] = [];
      const proxy = createServer().on("connect", ({ url = "" }, socket) => {
        asked.push(url);
        socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
      });
      proxy.listen(0, "127.0.0.1");
      await once(proxy, "listening");
      const address = proxy.address();
      assert.ok(typeof address === "object" && address !== null);
      const env = { HTTPS_PROXY: `http://127.0.0.1:${address.port}`, MFA_WARDEN_STATE: "state" };
      const examples = join(installed.folder, "node_modules/mfa-warden/examples");
      const policy = ["--policy", join(examples, "pingone.yaml"), "--secrets", join(examples, "pingone.secrets.json")];
      const { code: exit, stdout, stderr } = await installed.warden(["doctor", ...policy], { env });
      proxy.close();
      assert.equal(exit, 3, stdout + stderr);
      assert.ok(
        asked.some((url) => /\.pingone\.\w+:443$/.test(url)),
        asked.join() + stdout + stderr,
      );
      assert.ok(
        asked.every((url) => !/^(127\.|localhost)/.test(url)),
        asked.join(),
      );
    });
  });
