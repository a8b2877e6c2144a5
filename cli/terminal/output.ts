/** The two streams of the command line: results on standard output, everything else on standard error. */

import { openScreen } from "./print.ts";

export const results = openScreen(process.stdout);
export const errors = openScreen(process.stderr);
