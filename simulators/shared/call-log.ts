/** The log of the calls that a simulator got, bounded in memory, with exact counts beside it. */

/** One call. `n` counts from 1; `at` is in ms; `status` is 0 until it is answered and stays 0 when it never is. */
export interface Call {
  n: number;
  at: number;
  method: string;
  /** Without the query. */
  path: string;
  query: string;
  route: string;
  /** The account that the call is about, or whose token it carries; absent where the API has neither. */
  user?: string;
  status: number;
  /** The JSON body of some changes, never a secret. */
  body?: unknown;
}

export interface CallLog {
  calls: Call[];
  /** How many calls there were, by "METHOD route"; exact even where the log has dropped old calls. */
  counts(): Record<string, number>;
  add(call: Omit<Call, "n" | "status">): Call;
}

const MAX_CALLS = 200_000;

/** Creates a log that holds the last 200,000 calls or a little fewer. */
export function createCallLog(): CallLog {
  const calls: Call[] = [];
  const counts = new Map<string, number>();
  let total = 0;
  return {
    calls,
    counts: () => Object.fromEntries(counts),
    add: (details) => {
      total += 1;
      const call: Call = { n: total, ...details, status: 0 };
      const key = `${call.method} ${call.route}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
      // A tenth at once, since taking one off the front of a long array at every call is slow.
      if (calls.length >= MAX_CALLS) calls.splice(0, MAX_CALLS / 10);
      calls.push(call);
      return call;
    },
  };
}
