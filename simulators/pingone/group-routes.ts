/** The populations and groups of the simulated PingOne: listed and read. */

import { type Answer, answerOk } from "../shared/answers.ts";
import { findFault } from "../shared/faults.ts";
import { answerProblem, type Hal, showList, showNamed } from "./answers.ts";
import { type ApiCall, type Handler, refuseField } from "./call.ts";
import { pageLinks, readPaging } from "./paging.ts";
import type { Named } from "./people.ts";
import type { Tenant } from "./tenant.ts";

export const groupHandlers: Record<string, Handler> = {
  "GET populations": (tenant, call) => listNamed(tenant, call, tenant.populations, showPopulation),
  "GET population": (tenant, call) => readNamed(tenant, call, tenant.populations, showPopulation),
  "GET groups": (tenant, call) => listNamed(tenant, call, tenant.groups, showGroup),
  "GET group": (tenant, call) => readNamed(tenant, call, tenant.groups, showGroup),
};

const MAX_ROWS = 1000;

type Show = (tenant: Tenant, named: Named) => Hal;

function showPopulation({ base, environment, accounts }: Tenant, population: Named): Hal {
  const userCount = accounts.count({ population: population.id });
  return showNamed(base, environment, "populations", population, { userCount });
}

function showGroup({ base, environment }: Tenant, group: Named): Hal {
  return showNamed(base, environment, "groups", group);
}

function listNamed(tenant: Tenant, call: ApiCall, all: Named[], show: Show): Answer {
  const paging = readPaging(call, MAX_ROWS);
  if (!paging) return refuseField("limit", "INVALID_VALUE", "is not valid");
  const start = paging.after + 1;
  const end = start + paging.limit;
  const listed = findFault(call.hits, "empty") ? [] : all.slice(start, end);
  const after = end < all.length && listed.length > 0 ? end - 1 : undefined;
  const items = listed.map((named) => show(tenant, named));
  return answerOk(showList(call.route, items, { ...pageLinks(call.url, after), count: all.length }));
}

function readNamed(tenant: Tenant, { id }: ApiCall, all: Named[], show: Show): Answer {
  const named = all.find((one) => one.id === id);
  return named ? answerOk(show(tenant, named)) : answerProblem(404);
}
