#!/usr/bin/env node
/** What npm installs as `warden`: the command line in a Node with the switches that its memory is measured with. */

import { productProgram } from "./product.ts";
import { proxyAtStart } from "./proxy.ts";

/** As in the scripts of package.json. */
const SWITCHES = ["--max-semi-space-size=8", "--heap-growing-percent=50"];

// This process becomes the other one: signals, streams and the exit code need no care. Windows cannot do that.
if (process.platform !== "win32")
  process.execve?.(
    process.execPath,
    [process.execPath, ...SWITCHES, productProgram("cli/warden"), ...process.argv.slice(2)],
    { ...process.env, ...proxyAtStart(process.env) },
  );
await import("./warden.ts");
