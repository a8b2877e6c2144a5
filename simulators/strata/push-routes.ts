/** Pushes of the simulated Strata Cloud Manager: started, and followed by their jobs. */

import { type Answer, answerOk } from "../shared/answers.ts";
import { answerProblem, answerUsualProblem } from "./answers.ts";
import { type ApiCall, type Handler, refuseFields } from "./call.ts";
import type { Tenant } from "./tenant.ts";

export const pushHandlers: Record<string, Handler> = {
  "POST push": startPush,
  "GET job": readJob,
  "GET jobs": listJobs,
  "DELETE candidate": () => answerOk({}),
};

interface PushRequest {
  folders?: string[];
  admin?: string[];
  description?: string;
}

function startPush({ configuration, jobs, credentials }: Tenant, { body }: ApiCall): Answer {
  const { folders, admin, description } = (body ?? {}) as PushRequest;
  if (!Array.isArray(folders) || folders.length === 0) return refuseFields(["folders"]);
  // The vendor's words for it: with the folder All, no administrators may be named.
  if (folders.includes("All") && admin) return refuseFields(["admin"]);
  const id = jobs.start(credentials.clientId, String(description ?? ""), () => configuration.push(folders, admin));
  return answerOk({ success: true, job_id: id, message: "CommitAndPush job enqueued" }, 201);
}

function readJob({ jobs }: Tenant, { id }: ApiCall): Answer {
  const job = jobs.look(id);
  return job ? answerOk({ data: [job] }) : answerUsualProblem(404);
}

/** All of them: the vendor's document knows no parameters of this list. */
function listJobs({ jobs }: Tenant, { query }: ApiCall): Answer {
  const [parameter] = query.keys();
  if (parameter !== undefined) return answerProblem(400, "E003", `Invalid Query Parameter: ${parameter}`);
  const data = jobs.all();
  return answerOk({ data, total: data.length });
}
