/** The rooms of `lib/` and who may use whom: the one table that the architecture test checks and the map is drawn from. */

export interface Room {
  /** What it is for, in a few words; stands on the map. */
  readonly purpose: string;
  /** The rooms that it may import, types included. */
  readonly uses: readonly string[];
  /** The packages that it may import. Node's own modules are free but for what touches the machine; see the test. */
  readonly packages?: readonly string[];
}

/** What every room may use. */
export const GROUND = ["model", "errors", "concurrency", "network-cause"];

/** From the lowest to the highest: a room uses only rooms above it in this list. */
export const ROOMS: Readonly<Record<string, Room>> = {
  model: { purpose: "the words and the ports", uses: [] },
  errors: { purpose: "one error with a code", uses: ["model"] },
  concurrency: { purpose: "many at once, and loaded once", uses: ["model"] },
  "network-cause": { purpose: "why a connection failed", uses: [] },
  durable: {
    purpose: "steps of a durable workflow",
    uses: ["model", "errors"],
    packages: ["@aws/durable-execution-sdk-js"],
  },
  policy: { purpose: "the verdict on one subject", uses: ["model", "errors"], packages: ["valibot"] },
  "policy-file": {
    purpose: "text to compiled policy",
    uses: ["model", "errors", "policy"],
    packages: ["valibot", "yaml"],
  },
  http: { purpose: "one vendor call", uses: GROUND, packages: ["valibot"] },
  aws: { purpose: "one AWS client a file", uses: GROUND, packages: ["valibot", "@aws-sdk"] },
  directories: {
    purpose: "one folder a vendor",
    uses: [...GROUND, "http"],
    packages: ["valibot", "otpauth"],
  },
  ledger: { purpose: "state, history, claims, runs", uses: [...GROUND, "aws", "policy"], packages: ["@aws-sdk"] },
  evidence: { purpose: "the population as read, sealed", uses: [...GROUND, "policy"] },
  enforcement: { purpose: "one change, proved", uses: [...GROUND, "policy", "ledger"] },
  notify: { purpose: "texts for chats", uses: GROUND, packages: ["valibot"] },
  notice: { purpose: "who is told, and how", uses: [...GROUND, "policy", "notify"], packages: ["valibot"] },
  sweep: {
    purpose: "one directory, from lease to manifest",
    uses: [...GROUND, "durable", "policy", "ledger", "evidence", "enforcement", "notice"],
  },
  approval: {
    purpose: "plans that wait for a person",
    uses: [...GROUND, "policy", "ledger"],
    packages: ["valibot"],
  },
  run: {
    purpose: "one run over directories",
    uses: [...GROUND, "durable", "policy", "ledger", "evidence", "enforcement", "sweep", "approval", "notice"],
  },
  webhook: { purpose: "HTTP to queue", uses: [...GROUND, "aws"], packages: ["valibot"] },
  poll: { purpose: "a vendor's log to queue", uses: [...GROUND, "webhook"] },
  recheck: { purpose: "queue to subject", uses: [...GROUND, "policy", "ledger", "enforcement"], packages: ["valibot"] },
  report: {
    purpose: "ledger and evidence to page and tables",
    uses: [...GROUND, "policy", "ledger", "evidence"],
    packages: ["valibot", "d3-scale", "d3-shape"],
  },
  preview: {
    purpose: "another policy, on record",
    uses: [...GROUND, "policy", "enforcement", "report"],
  },
};

/**
 * The parts of a room that is divided, and which other parts each may import, types included; only through their `index.ts`. The
 * files of the room that are in no part may use all parts.
 */
export const PARTS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  report: {
    data: [],
    controls: ["data"],
    formats: ["data", "controls"],
    page: ["data", "controls"],
  },
};
