/** Where the product's own files are, and which state of the code runs: the clone, or `dist` of the installed package. */

import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { commitIn } from "../functions/commit.ts";
import manifest from "../package.json" with { type: "json" };

/** Holds `cli`, `lib` and the rest, in the clone as in the package. */
const PRODUCT_FOLDER = fileURLToPath(new URL("..", import.meta.url));

/** `.ts` in a clone, `.js` in the package: TypeScript does not run under `node_modules`. */
const EXTENSION = extname(fileURLToPath(import.meta.url));

/** Whether this is the package that npm installed, and no clone. */
export const isInstalled = EXTENSION === ".js";

/** A file that is read. @param path from the product's folder */
export const productFile = (path: string): string => join(PRODUCT_FOLDER, path);

/** A program that is started as a process of its own. @param path from the product's folder, without extension */
export const productProgram = (path: string): string => productFile(`${path}${EXTENSION}`);

/** As the deployed functions name it: with the commit where the product's folder tells it. */
export const codeVersion = (): string =>
  [manifest.name, manifest.version, commitIn(PRODUCT_FOLDER)].filter(Boolean).join(" ");
