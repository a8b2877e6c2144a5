/** The room of the verdict: judges one subject by the compiled policy. Pure: no clock, no network, no file. */
export { factsToFindAdministrators, isAdministrator } from "./administrators.ts";
export {
  DAY_MS,
  DAY_PATTERN,
  dayAfter,
  dayStarts,
  daysBetween,
  durationMs,
  isDay,
  isTimezone,
  zoneForOffset,
} from "./calendar.ts";
export { isCron, monthlyOccurrences } from "./cron.ts";
export { bindingRule, decide, factsToFetch } from "./decide.ts";
export { directoryConfig, mayChange } from "./directory.ts";
export { endedExemptions, endingExemptions } from "./exemptions.ts";
export { type FactOnRecord, factFromRecord, groupScopeOf } from "./facts-from-record.ts";
export { foldId, foldName } from "./fold.ts";
export { describeFreeze, freezeAt } from "./freeze.ts";
export { isReactivated, pastWithClock } from "./grace.ts";
export { recordedJudge, type Unrecorded } from "./judge-recorded.ts";
export { isBreakGlass, isNamedByRule, usernameFits } from "./matcher.ts";
export { namedAccounts, namedScopes } from "./named.ts";
export { needsPeopleKey, type PersonKeyer, personKeyer } from "./person-keys.ts";
export { secretState, UNSTABLE_MASKS, UNSURE_VERSION } from "./profile.ts";
export { checkRequirement, describeUnknownDevices } from "./proof.ts";
export { breakGlassAccounts, lookAlikeCaution, type ProtectedAccount, protectedAccounts } from "./protected.ts";
export { differingFacts, factCaveats, factsAgree, factsOnRecord, factTimes, verdictSince } from "./recorded-facts.ts";
export { type RecordedSubject, subjectOnRecord } from "./recorded-subject.ts";
export { scheduleGapMs } from "./schedule.ts";
export {
  type AdministratorMatch,
  type BreakGlassAccount,
  type DirectoryConfig,
  type Exemption,
  type Freeze,
  hashPolicy,
  type NoticeSettings,
  orderedJson,
  type PeopleSettings,
  type Policy,
  policyJson,
  type Rule,
  type RuleNotice,
  readCompiled,
  type TeamNotices,
} from "./schema.ts";
