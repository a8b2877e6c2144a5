/** The headings of a demo. */

import { results } from "../terminal/output.ts";
import { bold, dim } from "../terminal/piece.ts";

export function showHeading(title: string, text = ""): void {
  results.line();
  results.line(bold(`── ${title} `), dim(text));
  results.line();
}
