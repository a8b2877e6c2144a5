/** Everything that a team may be told of a run, by topic. */
import type { TeamTopic } from "../model/index.ts";
import { administratorsTopic } from "./administrators-topic.ts";
import { endTopic } from "./end-topic.ts";
import { exemptionsTopic } from "./exemptions-topic.ts";
import type { Topic } from "./finding.ts";
import { flappingTopic } from "./flapping-topic.ts";

export const TOPICS: Readonly<Record<TeamTopic, Topic>> = {
  run: endTopic,
  administrators: administratorsTopic,
  exemptions: exemptionsTopic,
  flapping: flappingTopic,
};
