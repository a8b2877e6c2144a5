/** What a change says of its subject, whoever wants it: whose it is, which rule calls for it, and the facts it rests on. */

import type { Change, Observation } from "../model/index.ts";

type ChangeAbout = Pick<Change, "run" | "directory" | "id" | "username" | "rule" | "requirement" | "before">;

export const changeAbout = ({ run, directory, subject, judgement, facts }: Observation): ChangeAbout => ({
  run,
  directory,
  id: subject.id,
  username: subject.username,
  rule: judgement.rule ?? "",
  requirement: judgement.requirement ?? "",
  before: facts,
});

/** The change that an event asks for. It is in no plan: only the account's own history tells of it. */
export const eventChange = (run: string, observation: Observation): Change => ({
  ...changeAbout(observation),
  run,
  author: run,
  step: 0,
  unplanned: true,
});
