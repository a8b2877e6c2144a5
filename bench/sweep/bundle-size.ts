/** Row of a bundle's size, and what it is made of. */
import type { Metafile } from "esbuild";
import { fixed } from "../shared/figures.ts";
import type { Row } from "../shared/table.ts";

const MAX_BYTES = 1_250_000;
const PACKAGES_SHOWN = 6;

/** What only a laptop or a test needs. */
const BANNED_PACKAGES = [
  "yaml",
  "commander",
  "cli-progress",
  "dynalite",
  "fauxqs",
  "@aws/durable-execution-sdk-js-testing",
  "hono",
  "esbuild",
];

/** @param size of the bundle, in bytes */
export function sizeRow({ inputs, outputs }: Metafile, size: number): Row {
  const packages = bytesByPackage(outputs);
  const paths = Object.keys(inputs);
  const banned = BANNED_PACKAGES.filter((name) => paths.some((path) => path.includes(`node_modules/${name}/`)));
  const bannedText = banned.length > 0 ? `; must not be in it: ${banned.join(", ")}` : "";
  return {
    what: "sweep handler, minified bundle",
    target: `≤ ${fixed(MAX_BYTES / 1e6)} MB, nothing of a laptop's`,
    measured: `${fixed(size / 1e6)} MB${bannedText}`,
    met: size <= MAX_BYTES && banned.length === 0,
    note: packages
      .slice(0, PACKAGES_SHOWN)
      .map(([name, bytes]) => `${name} ${Math.round(bytes / 1000)} kB`)
      .join(", "),
    figures: { bytes: size, banned, packages: Object.fromEntries(packages) },
  };
}

/** Largest first. */
function bytesByPackage(outputs: Metafile["outputs"]): [string, number][] {
  const sums = new Map<string, number>();
  for (const { inputs } of Object.values(outputs))
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? "mfa-warden";
      sums.set(name, (sums.get(name) ?? 0) + bytesInOutput);
    }
  return [...sums].sort(([, a], [, b]) => b - a);
}
