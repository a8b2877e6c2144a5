/** A made-up vendor of MFA server profiles, in memory: candidate and live configuration kept apart, as a push joins them. */
import { WardenError } from "../../lib/errors.ts";
import {
  type Directory,
  knownFact,
  type PublishJobState,
  type ServerProfile,
  type Subject,
} from "../../lib/model/index.ts";
import { NO_FACTS } from "../directories/tenant.ts";

export interface Profiles {
  /** As a sweep opens it, with the secret of that moment. */
  open(): Directory;
  /** What the vendor holds; a test may change it. `secret`: the version last written. */
  readonly candidate: Map<string, { differs: string[]; secret?: string }>;
  readonly live: Map<string, { differs: string[]; secret?: string }>;
  /** Ids of each push that was started. */
  readonly pushes: (readonly string[])[];
  readonly writes: string[];
  /** Version of the directory's secret. */
  version: string;
  used: ServerProfile["used"];
  adopt: boolean;
  pushed: boolean;
  /** What a poll of the job says, in order; the last one stays. */
  job: PublishJobState[];
  /** Called before a write is made. */
  beforeWrite: () => void;
  /** Called before a push is started. */
  beforePush: () => void;
  /** Of the next write: the vendor takes it and the answer is lost, it refuses it, or it refuses our credential. */
  failNext?: "lost" | "refused" | "unauthorized";
}

export const OK: PublishJobState = { done: true, ok: true, detail: "job 7 ended as FIN/OK" };

/** @param ids of the profiles that are wanted; none of them is there yet */
export function startProfiles(ids: readonly string[], publishes = true): Profiles {
  const profiles: Profiles = {
    candidate: new Map(),
    live: new Map(),
    pushes: [],
    writes: [],
    version: "1",
    used: knownFact(true),
    adopt: false,
    pushed: true,
    job: [OK],
    beforeWrite: () => {},
    beforePush: () => {},
    open: () => openProfiles(profiles, ids, publishes),
  };
  return profiles;
}

function openProfiles(profiles: Profiles, ids: readonly string[], publishes: boolean): Directory {
  const { version } = profiles;
  const subjectOf = (id: string): Subject => {
    const there = profiles.candidate.get(id);
    const { used, adopt, pushed } = profiles;
    const wanted = ids.includes(id);
    const profile = {
      wanted,
      present: there !== undefined,
      differs: there?.differs ?? [],
      used,
      version,
      adopt,
      pushed,
    };
    return { id, username: id.split("/").at(-1) ?? id, facts: NO_FACTS, profile };
  };
  const all = () => [...new Set([...ids, ...profiles.candidate.keys()])];
  let polls = 0;
  return {
    vendor: "made-up",
    tenant: "tenant",
    api: "http://127.0.0.1",
    secretVersion: version,
    subjectKind: "profile",
    candidate: true,
    scopes: () => [],
    check: async () => [],
    total: async () => profiles.candidate.size,
    page: async () => ({ subjects: all().map(subjectOf) }),
    read: async (id) => (all().includes(id) ? subjectOf(id) : undefined),
    secretUsers: () => ids,
    async enforce({ id }) {
      profiles.beforeWrite();
      const fail = profiles.failNext;
      delete profiles.failNext;
      if (fail === "refused") throw new WardenError("ERR_VENDOR_REJECTED", "The vendor refused it.", { status: 400 });
      if (fail === "unauthorized") throw new WardenError("ERR_VENDOR_AUTH", "The vendor refused the credential.");
      profiles.writes.push(id);
      profiles.candidate.set(id, { differs: [], secret: version });
      if (fail === "lost") throw new WardenError("ERR_VENDOR_TIMEOUT", "No answer came.");
      return "sent";
    },
    ...(publishes && {
      publish: {
        async start(changed) {
          profiles.beforePush();
          profiles.pushes.push(changed);
          polls = 0;
          return `job-${profiles.pushes.length}`;
        },
        async poll() {
          const state = profiles.job[Math.min(polls++, profiles.job.length - 1)] ?? OK;
          if (state.done && state.ok) for (const [id, held] of profiles.candidate) profiles.live.set(id, { ...held });
          return state;
        },
      },
    }),
  };
}
