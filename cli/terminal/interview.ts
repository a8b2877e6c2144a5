/** Asks a person on the terminal, and asks again at once where an answer is wrong. */

import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { errors } from "./output.ts";
import { safe } from "./safe-text.ts";

export interface Asked {
  /** Taken when nothing is answered. */
  readonly usual?: string;
  /** What is typed is not shown. */
  readonly hidden?: boolean;
  /** What is wrong with the answer, in one sentence. */
  readonly problemOf?: (answer: string) => string | undefined;
}

export interface Interview {
  /** Rejects once the person has ended it, by Ctrl-C or Ctrl-D. */
  ask(question: string, asked?: Asked): Promise<string>;
  readonly isEnded: () => boolean;
  close(): void;
}

/** On standard input and standard error, which both must be a terminal. */
export function openInterview(): Interview {
  const ended = new AbortController();
  let isHidden = false;
  const output = new Writable({
    write(chunk, _encoding, done) {
      if (!isHidden) process.stderr.write(chunk);
      done();
    },
  });
  const terminal = createInterface({ input: process.stdin, output, terminal: true });
  terminal.once("SIGINT", () => ended.abort()).once("close", () => ended.abort());
  const readLine = async (prompt: string): Promise<string> =>
    (await terminal.question(prompt, { signal: ended.signal })).trim();
  const readHidden = async (prompt: string): Promise<string> => {
    process.stderr.write(prompt);
    isHidden = true;
    try {
      return await readLine("");
    } finally {
      isHidden = false;
      process.stderr.write("\n");
    }
  };
  return {
    async ask(question, { usual, hidden = false, problemOf } = {}) {
      for (;;) {
        const prompt = safe(usual ? `${question} [${usual}]: ` : `${question}: `);
        const answer = (await (hidden ? readHidden(prompt) : readLine(prompt))) || (usual ?? "");
        const problem = problemOf?.(answer);
        if (problem === undefined) return answer;
        errors.line(`  ${problem}`);
      }
    },
    isEnded: () => ended.signal.aborted,
    close: () => terminal.close(),
  };
}
