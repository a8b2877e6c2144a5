/** The CronJob and the Containerfile are as hard as their page says. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parseAllDocuments } from "yaml";
import manifest from "../../package.json" with { type: "json" };
import { ROOT } from "./page-commands.ts";

const read = (file: string) => readFileSync(join(ROOT, "examples", file), "utf8");

test("the CronJob runs once at a time, to a deadline, without root, and mounts what it uses", () => {
  const [claim, job] = parseAllDocuments(read("kubernetes/cronjob.yaml")).map((document) => {
    assert.deepEqual(document.errors, []);
    return document.toJS();
  });
  const { concurrencyPolicy, jobTemplate } = job.spec;
  const { backoffLimit, activeDeadlineSeconds, template } = jobTemplate.spec;
  const { containers, initContainers, restartPolicy, securityContext, volumes, automountServiceAccountToken } =
    template.spec;
  assert.deepEqual([concurrencyPolicy, backoffLimit, restartPolicy], ["Forbid", 0, "Never"]);
  assert.ok(activeDeadlineSeconds > 0 && automountServiceAccountToken === false);
  assert.ok(securityContext.runAsNonRoot && securityContext.fsGroupChangePolicy === "OnRootMismatch");
  const given = new Map<string, object>(volumes.map((volume: { name: string }) => [volume.name, volume]));
  assert.equal(volumes[2].persistentVolumeClaim.claimName, claim.metadata.name);
  for (const container of [...initContainers, ...containers]) {
    const { allowPrivilegeEscalation, readOnlyRootFilesystem, capabilities } = container.securityContext;
    assert.deepEqual([allowPrivilegeEscalation, readOnlyRootFilesystem, capabilities.drop], [false, true, ["ALL"]]);
    for (const { name } of container.volumeMounts) assert.ok(given.has(name), name);
    assert.doesNotMatch(JSON.stringify(container), /"env/);
  }
});

test("the image is of the project's Node, runs as somebody who is not root, and by the switches of `warden`", () => {
  const text = read("container/Containerfile");
  const images = [...text.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
  assert.deepEqual(new Set(images), new Set([`docker.io/library/node:${manifest.devDependencies.node}-bookworm-slim`]));
  assert.match(text, /^USER 1000:1000$/m);
  const [, entry = "[]"] = /^ENTRYPOINT (.+)$/m.exec(text) ?? [];
  assert.equal(JSON.parse(entry).join(" "), manifest.scripts.warden.replace("cli/", "/app/cli/"));
});
