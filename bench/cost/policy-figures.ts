/** What a policy says in place of the guide's figures: for the deployment as a whole, and for each directory. */
import { vendors } from "../../lib/directories/index.ts";
import { type DirectoryConfig, monthlyOccurrences, type Policy } from "../../lib/policy/index.ts";
import type { Lookup } from "./numbers.ts";

/** In place of the guide's figures, by their names. */
export type ChangedFigures = Readonly<Record<string, number>>;

/** A chat's webhook, where there is one. */
const otherSecrets = (policy: Policy) => [policy.deploy?.chatWebhook, policy.people?.secret].filter(Boolean).length;

/** @param guide figures of one PingOne directory that is swept once a day */
export function deploymentFigures(policy: Policy, guide: Lookup): ChangedFigures {
  const { directories, deploy } = policy;
  const more = directories.length - 1;
  const hooks = directories.filter(({ vendor }) => vendors[vendor]?.hooks).length;
  const polls = directories.some(({ vendor }) => vendors[vendor]?.polls) ? 1 : 0;
  const runs = (deploy?.schedules ?? []).reduce((sum, { cron }) => sum + (monthlyOccurrences(cron) ?? 0), 0);
  return {
    secrets: new Set(directories.map(({ secret }) => secret)).size + hooks + otherSecrets(policy),
    metrics: guide("metrics") + more * guide("metrics of another directory") + polls * guide("metrics of a poll"),
    "metrics in alarms": guide("metrics in alarms") + more * guide("metrics in alarms of another directory") + polls,
    "starts by schedule a month":
      guide("starts by schedule a month") - guide("sweeps a month") + runs + polls * guide("polls a month"),
    "GB-seconds of seal and watch":
      guide("GB-seconds of seal and watch") + polls * guide("polls a month") * guide("GB-seconds a poll"),
    "days of evidence kept": deploy?.evidenceRetentionDays ?? guide("days of evidence kept"),
    "days of reports kept": deploy?.reportRetentionDays ?? guide("days of reports kept"),
  };
}

/** How often it is swept, by all schedules that name it or name none; and how much its vendor gives a page. */
export function directoryFigures({ deploy }: Policy, { id, vendor }: DirectoryConfig, guide: Lookup): ChangedFigures {
  const schedules = (deploy?.schedules ?? []).filter(({ directories }) => directories?.includes(id) ?? true);
  return {
    "sweeps a month": schedules.reduce((sum, { cron }) => sum + (monthlyOccurrences(cron) ?? 0), 0),
    "accounts a page": guide(vendor === "pingone" ? "accounts a page" : `accounts a page, ${vendor}`),
  };
}
