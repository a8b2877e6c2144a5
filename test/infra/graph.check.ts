/** What a deployment would make, resource by resource, for two stages of one account. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, describe, test } from "node:test";
import * as v from "valibot";
import { ALARMS } from "../../lib/notify/alert-text.ts";
import { ACCOUNT, type Graph } from "./cloud.ts";
import {
  all,
  environmentOf,
  evaluate,
  functionOf,
  functionsOf,
  grantsOf,
  json,
  only,
  partOf,
  roleOf,
  trustOf,
  wordsFor,
} from "./graph.ts";
import { POLICY, POLICY_OF_COMPANY, POLICY_WITH_POLL } from "./policies.ts";

let production: Graph;
let dev: Graph;
/** Of a policy that says nothing about its deployment. */
let bare: Graph;
let company: Graph;
/** With a vendor whose log is asked. */
let polling: Graph;
before(async () => {
  [production, dev] = await Promise.all([evaluate("production", POLICY), evaluate("dev-jane", POLICY)]);
  bare = await evaluate("dev-bare", POLICY.replace(/deploy:[\s\S]*/, ""));
  company = await evaluate("production", POLICY_OF_COMPANY);
  polling = await evaluate("dev-poll", POLICY_WITH_POLL);
});

const stages = (): [stage: string, graph: Graph][] => [
  ["production", production],
  ["dev-jane", dev],
];

const LEDGER_READ = ["dynamodb:GetItem LedgerTable", "dynamodb:Query LedgerTable"];
const LEDGER_WRITE = ["dynamodb:PutItem LedgerTable", "dynamodb:UpdateItem LedgerTable"];
const RUNS = ["dynamodb:Query LedgerTable/index/runs"];
const SUBJECTS = ["dynamodb:BatchGetItem LedgerTable"];
const SIGN = ["kms:GetPublicKey SigningKey", "kms:Sign SigningKey"];
const EVIDENCE = [
  "s3:ListBucket EvidenceBucket",
  "s3:GetObject EvidenceBucket/runs/*",
  ...["policies", "runs"].map((name) => `s3:PutObject EvidenceBucket/${name}/*`),
];
const QUEUES = ["sqs:SendMessage DeadEventsQueue", "sqs:SendMessage EventsQueue"];
const UNDELIVERED = ["sqs:SendMessage UndeliveredQueue"];
const secrets = (stage: string, ...names: string[]) =>
  names.map((name) => `secretsmanager:GetSecretValue secretsmanager secret:mfa-warden/${stage}/${name}-??????`);
const VENDORS = ["workforce", "partners/pingone"];

const LAMBDA = "sts:AssumeRole by lambda.amazonaws.com";
const SCHEDULER = "sts:AssumeRole by scheduler.amazonaws.com";

/**
 * Who may take on each function's role, and all that it permits. The few wildcards: one folder, one secret's random ending,
 * one function's versions.
 */
const permissions = (stage: string): Record<string, string[]> => ({
  run: [
    ...[...LEDGER_READ, ...LEDGER_WRITE, ...SUBJECTS, ...RUNS, ...UNDELIVERED],
    ...["events:PutEvents BusBus", "lambda:InvokeFunction sweep:*", ...secrets(stage, "notices", "chat/iam")],
  ],
  sweep: [
    ...[
      ...LEDGER_READ,
      ...LEDGER_WRITE,
      ...SUBJECTS,
      ...RUNS,
      ...SIGN,
      ...secrets(stage, ...VENDORS, "notices", "people"),
    ],
    ...EVIDENCE,
  ],
  recheck: [
    ...[...LEDGER_READ, ...LEDGER_WRITE, ...SUBJECTS, ...secrets(stage, ...VENDORS), "sqs:SendMessage EventsQueue"],
    // SST's own, for every function behind a queue.
    ...["ChangeMessageVisibility", "DeleteMessage", "GetQueueAttributes", "GetQueueUrl", "ReceiveMessage"].map(
      (action) => `sqs:${action} EventsQueue`,
    ),
  ],
  webhook: [...QUEUES, ...secrets(stage, ...VENDORS.map((name) => `${name}/hooks`))],
  seal: [
    ...[...LEDGER_READ, "dynamodb:UpdateItem LedgerTable", ...SIGN, ...UNDELIVERED],
    ...EVIDENCE.filter((one) => one.startsWith("s3:PutObject")),
  ],
  report: [
    ...[...LEDGER_READ, ...SUBJECTS, ...RUNS, ...UNDELIVERED],
    ...["events:PutEvents BusBus", "s3:GetObject EvidenceBucket/policies/*", "s3:GetObject EvidenceBucket/runs/*"],
    "s3:ListBucket EvidenceBucket",
    ...["AbortMultipartUpload", "GetObject", "PutObject"].map((action) => `s3:${action} ReportsBucket/reports/*`),
  ],
  watch: [...LEDGER_READ, "dynamodb:UpdateItem LedgerTable", ...RUNS, "events:PutEvents BusBus"],
  approve: [...LEDGER_READ, ...LEDGER_WRITE, "events:PutEvents BusBus", "lambda:InvokeFunction run:1"],
  alert: secrets(stage, "chat"),
});

const BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
const DURABLE = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicDurableExecutionRolePolicy";

describe("permissions", () => {
  test("of each function are what this table says, and nothing else", () => {
    for (const [stage, graph] of stages()) {
      const words = wordsFor(graph);
      const granted = functionsOf(graph).map((one) => {
        const role = roleOf(graph, one);
        const said = grantsOf(role).map(({ action, resource }) => `${action} ${words(resource)}`);
        return [partOf(one), [...trustOf(role), ...said].toSorted()] as const;
      });
      const table = Object.entries(permissions(stage)).map(([part, said]) => [part, [LAMBDA, ...said].toSorted()]);
      assert.deepEqual(Object.fromEntries(granted), Object.fromEntries(table));
    }
  });

  test("to send e-mail are for the one address that the policy names, by its own identity or its domain's", () => {
    const telling = ["sweep", "run"];
    for (const part of telling) {
      const mails = grantsOf(roleOf(company, functionOf(company, part))).filter(({ action }) =>
        action.startsWith("ses:"),
      );
      assert.deepEqual(
        mails.map(({ action, resource, keys }) => [action, resource.replace(/^.*:identity/, "identity"), keys]),
        [
          ["ses:SendEmail", "identity/security@example.com", ["security@example.com"]],
          ["ses:SendEmail", "identity/example.com", ["security@example.com"]],
        ],
      );
    }
    const others = functionsOf(company).filter((one) => !telling.includes(partOf(one)));
    assert.ok(others.every((one) => grantsOf(roleOf(company, one)).every(({ action }) => !action.startsWith("ses:"))));
  });

  test("that AWS manages are the two that SST attaches by itself", () => {
    for (const [, graph] of stages())
      for (const one of functionsOf(graph)) {
        const durable = ["run", "sweep"].includes(partOf(one));
        assert.deepEqual(roleOf(graph, one).inputs.managedPolicyArns, durable ? [BASIC, DURABLE] : [BASIC], one.name);
      }
  });

  test("of schedules: to start their one function, and to put aside what could not be started", () => {
    for (const [, graph] of stages()) {
      const words = wordsFor(graph);
      const schedules = all(graph, "iam/role:Role").filter(({ name }) => /Schedule\d?Role$/.test(name));
      const started = schedules.map((role) => [
        ...trustOf(role),
        ...grantsOf(role).map(({ action, resource }) => `${action} ${words(resource)}`),
      ]);
      const put = UNDELIVERED[0];
      assert.deepEqual(
        started.toSorted(),
        ["run:1", "run:1", "seal", "watch"].map((one) => [SCHEDULER, `lambda:InvokeFunction ${one}`, put]),
      );
      assert.equal(all(graph, "iam/role:Role").length, schedules.length + functionsOf(graph).length);
    }
  });

  test("never hold a whole service, nor anything that deletes but from the event queue", () => {
    const roles = stages().flatMap(([, graph]) => all(graph, "iam/role:Role").flatMap(grantsOf));
    assert.ok(roles.length > 50);
    const bad = roles.filter(
      ({ action, resource }) => action.includes("*") || resource === "*" || /delete/i.test(action),
    );
    assert.deepEqual([...new Set(bad.map(({ action }) => action))], ["sqs:DeleteMessage"]);
  });

  /** By function and action, which kinds of items of the ledger: what its partitions begin with. */
  const KINDS: Record<string, Record<string, string>> = {
    run: {
      GetItem: "LEASE RUN SWITCH",
      Query: "EVENTS RUN SWITCH TOLD",
      BatchGetItem: "SUBJECT",
      PutItem: "RUN SWITCH TOLD",
      UpdateItem: "RUN SWITCH TOLD",
    },
    sweep: {
      GetItem: "BUDGET LEASE RUN SUBJECT",
      Query: "BUDGET LEASE RUN SUBJECT",
      BatchGetItem: "GRACE HOLD LEASE SUBJECT SWITCH",
      PutItem: "BUDGET LEASE RUN SUBJECT",
      UpdateItem: "BUDGET GRACE HOLD LEASE RUN SUBJECT",
    },
    recheck: {
      GetItem: "BUDGET SUBJECT",
      Query: "BUDGET SUBJECT",
      BatchGetItem: "GRACE HOLD LEASE SEEN SUBJECT SWITCH",
      PutItem: "BUDGET EVENTS SEEN SUBJECT",
      UpdateItem: "BUDGET EVENTS GRACE HOLD SEEN SUBJECT",
    },
    seal: { GetItem: "EVENTS LEASE", Query: "EVENTS LEASE", UpdateItem: "LEASE" },
    report: { GetItem: "EVENTS RUN SUBJECT", Query: "EVENTS RUN SUBJECT", BatchGetItem: "SUBJECT" },
    watch: { GetItem: "BUDGET RUN SWITCH", Query: "BUDGET RUN SWITCH", UpdateItem: "RUN SWITCH" },
    approve: { GetItem: "LEASE RUN", Query: "RUN", PutItem: "RUN", UpdateItem: "RUN" },
    webhook: {},
    alert: {},
  };

  test("of the ledger are for the kinds of items that a function works with", () => {
    for (const [, graph] of stages()) {
      const granted = functionsOf(graph).map((one) => {
        const items = grantsOf(roleOf(graph, one)).filter(({ resource }) => /:table\/[^/]+$/.test(resource));
        const kinds = items.map(({ action, keys = ["everything"] }) => [
          action.replace("dynamodb:", ""),
          keys
            .map((key) => key.replace("#*", ""))
            .toSorted()
            .join(" "),
        ]);
        return [partOf(one), Object.fromEntries(kinds)] as const;
      });
      assert.deepEqual(Object.fromEntries(granted), KINDS);
    }
  });

  test("to give an item a time to live are denied to everybody but for events that were seen", () => {
    const { Statement } = v.parse(
      v.object({ Statement: v.array(v.looseObject({ Sid: v.optional(v.string()) })) }),
      json(only(production, "dynamodb/resourcePolicy:ResourcePolicy", "LedgerPolicy").inputs, "policy"),
    );
    const { Resource: _, ...statement } = Statement.find(({ Sid }) => Sid === "OnlySeenEventsAreForgotten") ?? {};
    assert.deepEqual(statement, {
      Sid: "OnlySeenEventsAreForgotten",
      Effect: "Deny",
      Principal: "*",
      Action: ["dynamodb:PutItem", "dynamodb:UpdateItem"],
      Condition: {
        "ForAnyValue:StringEquals": { "dynamodb:Attributes": ["forgetAt"] },
        "ForAnyValue:StringNotLike": { "dynamodb:LeadingKeys": ["SEEN#*"] },
      },
    });
  });

  test("to delete evidence, ledger items or the table are denied to everybody", () => {
    const denied = (graph: Graph, type: string, name: string) =>
      v
        .parse(v.object({ Statement: v.array(v.looseObject({})) }), json(only(graph, type, name).inputs, "policy"))
        .Statement.filter((one) => (one.Effect ?? one.effect) === "Deny" && one.Condition === undefined)
        .flatMap((one) => one.Action ?? one.actions);
    for (const [stage, graph] of stages()) {
      const items = ["dynamodb:DeleteItem", "dynamodb:BatchWriteItem", "dynamodb:PartiQLDelete"];
      const table = stage === "production" ? [...items, "dynamodb:DeleteTable"] : items;
      assert.deepEqual(denied(graph, "dynamodb/resourcePolicy:ResourcePolicy", "LedgerPolicy"), table);
      const files = ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:BypassGovernanceRetention"];
      // The first is SST's: nothing without TLS.
      assert.deepEqual(denied(graph, "s3/bucketPolicy:BucketPolicy", "EvidencePolicy"), ["s3:*", ...files]);
    }
  });
});

const statement = v.looseObject({ Effect: v.string(), Principal: v.unknown(), Condition: v.optional(v.unknown()) });
const resourcePolicy = v.object({ Statement: v.array(statement) });

test("the AWS provider is bound to the region and account of the policy", () => {
  const place = { region: "eu-central-1", allowedAccountIds: [ACCOUNT] };
  for (const [, graph] of stages()) assert.deepEqual(graph.app.providers, { aws: place });
  assert.deepEqual(bare.app.providers, { aws: {} });
});

test("outputs are what a command needs, versions included", () => {
  for (const [stage, graph] of stages()) {
    const { hooks, approvals, table, bucket, reports, queue, deadQueue, ...rest } = graph.outputs;
    assert.match(String(approvals), /^https:\/\/.*\/decisions$/);
    assert.deepEqual(rest, {
      run: functionOf(graph, "run").outputs.qualifiedArn,
      sweep: functionOf(graph, "sweep").outputs.qualifiedArn,
      signingKey: only(graph, "kms/key:Key", "SigningKey").outputs.arn,
      secrets: `mfa-warden/${stage}/`,
      _protect: stage === "production",
    });
    for (const output of [hooks, table, bucket, reports, queue, deadQueue]) assert.equal(typeof output, "string");
  }
});

describe("from outside", () => {
  test("one route can be reached by anybody, one by callers that IAM knows, and no function by an address of its own", () => {
    for (const [, graph] of stages()) {
      const routes = all(graph, "apigatewayv2/route:Route").map(({ inputs }) => [
        inputs.routeKey,
        inputs.authorizationType ?? "NONE",
      ]);
      assert.deepEqual(routes.toSorted(), [
        ["POST /decisions", "AWS_IAM"],
        ["POST /hooks/{directory}", "NONE"],
      ]);
      assert.deepEqual(all(graph, "lambda/functionUrl:FunctionUrl"), []);
      assert.equal(all(graph, "apigatewayv2/api:Api").length, 2);
      const decisions = only(graph, "apigatewayv2/stage:Stage", "ApprovalsStage");
      assert.deepEqual(decisions.inputs.defaultRouteSettings, { throttlingRateLimit: 5, throttlingBurstLimit: 10 });
      assert.deepEqual(only(graph, "apigatewayv2/api:Api", "HooksApi").inputs.corsConfiguration, {});
      const stage = only(graph, "apigatewayv2/stage:Stage", "HooksStage");
      assert.deepEqual(stage.inputs.defaultRouteSettings, { throttlingRateLimit: 100, throttlingBurstLimit: 200 });
    }
  });

  test("each function is called only by whom it is for", () => {
    for (const [, graph] of stages()) {
      const words = wordsFor(graph);
      const byName = new Map(
        functionsOf(graph).flatMap((one) => [one.outputs.arn, one.inputs.name].map((key) => [key, partOf(one)])),
      );
      const called = all(graph, "lambda/permission:Permission").map(({ inputs }) => [
        byName.get(inputs.function),
        inputs.principal,
        words(String(inputs.sourceArn)).replace(/^execute-api .*-(Hooks|Approvals)Api-\w+/, "the API of $1"),
      ]);
      assert.deepEqual(called.toSorted(), [
        ["alert", "sns.amazonaws.com", "AlarmsTopic"],
        ["approve", "apigateway.amazonaws.com", "the API of Approvals/*"],
        ["report", "events.amazonaws.com", "RunCompleted"],
        ["webhook", "apigateway.amazonaws.com", "the API of Hooks/*"],
      ]);
    }
  });

  test("the buckets are closed", () => {
    for (const [, graph] of stages()) {
      for (const name of ["EvidencePublicAccessBlock", "ReportsPublicAccessBlock"]) {
        const block = only(graph, "s3/bucketPublicAccessBlock:BucketPublicAccessBlock", name);
        const { bucket: _, ...blocked } = block.inputs;
        assert.deepEqual(blocked, {
          ...{ blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true },
        });
      }
      assert.deepEqual(all(graph, "s3/bucketCorsConfiguration:BucketCorsConfiguration"), []);
      const buckets = all(graph, "s3/bucket:Bucket").map(({ name }) => name);
      assert.deepEqual(buckets.toSorted(), ["EvidenceBucket", "ReportsBucket"]);
    }
  });

  test("queues and topic take nothing but what our own rules and alarms send", () => {
    for (const [, graph] of stages()) {
      const rules = Object.fromEntries(
        all(graph, "cloudwatch/eventRule:EventRule").map((one) => [one.name, one.outputs.arn]),
      );
      const admitted = all(graph, "sqs/queuePolicy:QueuePolicy").map(({ name, inputs }) => {
        const statements = v.parse(resourcePolicy, json(inputs, "policy")).Statement;
        const allowed = statements.filter(({ Effect }) => Effect === "Allow");
        const tls = statements.filter(({ Effect }) => Effect === "Deny").map(({ Condition }) => Condition);
        assert.deepEqual(tls, [{ Bool: { "aws:SecureTransport": "false" } }]);
        for (const { Principal } of allowed) assert.deepEqual(Principal, { Service: "events.amazonaws.com" });
        return [name, allowed.map(({ Condition }) => Condition)];
      });
      const from = (...names: string[]) => [{ ArnEquals: { "aws:SourceArn": names.map((name) => rules[name]) } }];
      const toQueue = ["SubjectChanged", "SecretRotated"];
      assert.deepEqual(Object.fromEntries(admitted), {
        EventsPolicy: from(...toQueue),
        DeadEventsPolicy: [],
        UndeliveredPolicy: from(...toQueue, "RunCompleted", "RunEndedBadly", "PlanDropped", "ReportCompleted"),
      });
      const topic = v.parse(
        resourcePolicy,
        json(only(graph, "sns/topicPolicy:TopicPolicy", "AlarmsPolicy").inputs, "policy"),
      );
      assert.deepEqual(
        topic.Statement.map(({ Principal, Condition }) => [Principal, Condition]),
        [
          [{ Service: "cloudwatch.amazonaws.com" }, { StringEquals: { "aws:SourceAccount": ACCOUNT } }],
          [{ Service: "events.amazonaws.com" }, undefined],
        ],
      );
    }
  });
});

describe("functions", () => {
  test("run on arm64 with Node 24, log JSON, and are as large and patient as measured", () => {
    for (const [, graph] of stages()) {
      for (const { inputs } of functionsOf(graph)) {
        assert.deepEqual([inputs.architectures, inputs.runtime], [["arm64"], "nodejs24.x"]);
        assert.equal(v.parse(v.looseObject({ logFormat: v.string() }), inputs.loggingConfig).logFormat, "JSON");
      }
      const sizes = functionsOf(graph).map((one) => [
        partOf(one),
        [one.inputs.memorySize, one.inputs.timeout, one.inputs.reservedConcurrentExecutions],
      ]);
      assert.deepEqual(Object.fromEntries(sizes), {
        run: [512, 900, undefined],
        // Four sweeps a run; a run for each of two schedules, and one by hand.
        sweep: [1769, 900, 12],
        recheck: [1024, 360, 4],
        webhook: [1024, 10, undefined],
        report: [1769, 900, undefined],
        seal: [1024, 900, undefined],
        watch: [512, 60, undefined],
        approve: [512, 30, undefined],
        alert: [256, 10, undefined],
      });
    }
  });

  test("that are workflows outlive their invocations, by versions", () => {
    for (const [, graph] of stages())
      for (const one of functionsOf(graph)) {
        const durable = ["run", "sweep"].includes(partOf(one));
        assert.equal(one.inputs.publish, durable, one.name);
        const settings = durable ? { executionTimeout: 7 * 86_400, retentionPeriod: 14 } : undefined;
        assert.deepEqual(one.inputs.durableConfig, settings);
      }
    const sweeper = environmentOf(functionOf(production, "run")).MFA_WARDEN_SWEEP_FUNCTION;
    assert.equal(sweeper, functionOf(production, "sweep").outputs.qualifiedArn);
  });

  test("get names in their environment, and no secret but SST's own key", () => {
    const names = {
      run: ["BUCKET", "BUS", "CODE", "POLICY", "SECRETS", "SIGNING_KEY", "STAGE", "SWEEP_FUNCTION", "TABLE"],
      sweep: ["BUCKET", "CODE", "POLICY", "SECRETS", "SIGNING_KEY", "STAGE", "TABLE"],
      recheck: ["CODE", "DEAD_QUEUE", "POLICY", "QUEUE", "SECRETS", "STAGE", "TABLE"],
      webhook: ["CODE", "DEAD_QUEUE", "POLICY", "QUEUE", "SECRETS", "STAGE"],
      seal: ["BUCKET", "CODE", "POLICY", "SECRETS", "SIGNING_KEY", "STAGE", "TABLE"],
      report: ["BUCKET", "BUS", "REPORTS", "TABLE"],
      watch: ["BUS", "CODE", "POLICY", "SECRETS", "STAGE", "TABLE"],
      approve: ["BUS", "CODE", "POLICY", "RUN_FUNCTION", "SECRETS", "STAGE", "TABLE"],
      alert: ["CHAT_SECRET", "SECRETS", "STAGE"],
    };
    for (const [stage, graph] of stages()) {
      const given = functionsOf(graph).map((one) => {
        const environment = environmentOf(one);
        const foreign = Object.keys(environment).filter((name) => !name.startsWith("MFA_WARDEN_"));
        assert.deepEqual(foreign.toSorted(), ["SST_KEY", "SST_KEY_FILE", "SST_RESOURCE_App"]);
        assert.equal(environment.MFA_WARDEN_SECRETS ?? `mfa-warden/${stage}/`, `mfa-warden/${stage}/`);
        const ours = Object.keys(environment).filter((name) => !foreign.includes(name));
        return [partOf(one), ours.map((name) => name.replace("MFA_WARDEN_", "")).toSorted()];
      });
      assert.deepEqual(Object.fromEntries(given), names);
    }
  });

  test("name the commit that they were deployed from", () => {
    for (const [, graph] of stages())
      for (const one of functionsOf(graph)) {
        const { MFA_WARDEN_CODE: code } = environmentOf(one);
        if (code !== undefined) assert.match(code, /^mfa-warden \d+\.\d+\.\d+ [0-9a-f]{40}(-dirty)?$/);
      }
  });

  test("whose call nobody waits for leave what failed for good among the undelivered", () => {
    const undelivered = only(production, "sqs/queue:Queue", "UndeliveredQueue").outputs.arn;
    const kept = functionsOf(production).filter(({ inputs }) => {
      if (inputs.deadLetterConfig === undefined) return false;
      assert.deepEqual(inputs.deadLetterConfig, { targetArn: undelivered });
      return true;
    });
    // The alert function is not among them: an alarm about what it could not pass on would come to it again.
    assert.deepEqual(kept.map(partOf).toSorted(), ["report", "run", "seal"]);
  });
});

describe("sweeps start", () => {
  test("as the policy's schedules say, with some jitter, and are tried again", () => {
    for (const [, graph] of stages()) {
      const run = functionOf(graph, "run").outputs.qualifiedArn;
      const undelivered = only(graph, "sqs/queue:Queue", "UndeliveredQueue").outputs.arn;
      const target = v.looseObject({ arn: v.string(), input: v.pipe(v.string(), v.parseJson()) });
      const schedules = all(graph, "scheduler/schedule:Schedule").filter(({ name }) => /Schedule\dSchedule/.test(name));
      const found = schedules.map(({ inputs }) => {
        const { arn, input, retryPolicy, deadLetterConfig } = v.parse(target, inputs.target);
        assert.deepEqual(
          [arn, retryPolicy, deadLetterConfig],
          [run, { maximumRetryAttempts: 5 }, { arn: undelivered }],
        );
        assert.deepEqual(inputs.flexibleTimeWindow, { mode: "FLEXIBLE", maximumWindowInMinutes: 15 });
        assert.equal(inputs.state, "ENABLED");
        return [inputs.scheduleExpression, inputs.scheduleExpressionTimezone, input];
      });
      const origin = { by: "<aws.scheduler.schedule-arn>", how: "schedule" };
      const scheduledAt = "<aws.scheduler.scheduled-time>";
      assert.deepEqual(found, [
        ["cron(0 3 * * ? *)", "Europe/Berlin", { mode: "enforce", origin, scheduledAt }],
        [
          "cron(30 */6 * * ? *)",
          "America/New_York",
          { mode: "enforce", origin, scheduledAt, directories: ["partners"] },
        ],
      ]);
    }
  });

  test("by hand where the policy has no schedule", () => {
    const names = all(bare, "scheduler/schedule:Schedule").map(({ name }) => name);
    assert.deepEqual(names.toSorted(), ["SealScheduleSchedule", "WatchScheduleSchedule"]);
  });
});

describe("events", () => {
  test("come again five times, each failure alone, and are worked on by few at once", () => {
    for (const [, graph] of stages()) {
      const queue = only(graph, "sqs/queue:Queue", "EventsQueue");
      const dead = only(graph, "sqs/queue:Queue", "DeadEventsQueue").outputs.arn;
      assert.deepEqual(json(queue.inputs, "redrivePolicy"), { deadLetterTargetArn: dead, maxReceiveCount: 5 });
      const recheck = functionOf(graph, "recheck");
      assert.ok(Number(queue.inputs.visibilityTimeoutSeconds) >= 6 * Number(recheck.inputs.timeout));
      const [mapping, ...others] = all(graph, "lambda/eventSourceMapping:EventSourceMapping");
      assert.deepEqual(others, []);
      const { eventSourceArn, functionName, functionResponseTypes, scalingConfig } = mapping?.inputs ?? {};
      assert.deepEqual([eventSourceArn, functionName], [queue.outputs.arn, recheck.outputs.arn]);
      assert.deepEqual(functionResponseTypes, ["ReportBatchItemFailures"]);
      assert.deepEqual(scalingConfig, { maximumConcurrency: recheck.inputs.reservedConcurrentExecutions });
    }
  });

  test("of the bus and of Secrets Manager go where they belong, or among the undelivered", () => {
    for (const [stage, graph] of stages()) {
      const words = wordsFor(graph);
      const bus = only(graph, "cloudwatch/eventBus:EventBus", "BusBus").inputs.name;
      const undelivered = only(graph, "sqs/queue:Queue", "UndeliveredQueue").outputs.arn;
      const rules = new Map(all(graph, "cloudwatch/eventRule:EventRule").map((one) => [one.inputs.name, one]));
      const passed = all(graph, "cloudwatch/eventTarget:EventTarget").map(({ inputs }) => {
        assert.deepEqual(inputs.deadLetterConfig, { arn: undelivered });
        const rule = rules.get(inputs.rule);
        assert.ok(rule);
        assert.equal(inputs.eventBusName, rule.inputs.eventBusName ?? "default");
        const on = rule.inputs.eventBusName === bus ? "bus" : rule.inputs.eventBusName;
        return [rule.name, [on, json(rule.inputs, "eventPattern"), words(String(inputs.arn))]];
      });
      const ours = (type: string, detail?: object) => ({
        source: ["mfa-warden"],
        "detail-type": [type],
        ...(detail && { detail }),
      });
      const dropped = { status: ["rejected", "expired", "superseded", "stale"] };
      const badly = { status: [{ "anything-but": "completed" }] };
      const rotated = {
        source: ["aws.secretsmanager"],
        "detail-type": ["Secret Label Updated"],
        detail: { name: [{ prefix: `mfa-warden/${stage}/` }], labelUpdated: ["AWSCURRENT"] },
      };
      assert.deepEqual(Object.fromEntries(passed), {
        SubjectChanged: ["bus", { "detail-type": ["subject.changed"] }, "EventsQueue"],
        SecretRotated: [undefined, rotated, "EventsQueue"],
        RunCompleted: ["bus", ours("run.completed"), "report"],
        RunEndedBadly: ["bus", ours("run.completed", badly), "AlarmsTopic"],
        PlanDropped: ["bus", ours("plan.changed", dropped), "AlarmsTopic"],
        ReportCompleted: ["bus", ours("report.completed"), "AlarmsTopic"],
      });
    }
  });
});

/** What becomes of the files of a bucket. */
function lifeOf(graph: Graph, name: string) {
  const transition = v.object({ days: v.number(), storageClass: v.string() });
  const rule = v.looseObject({
    transitions: v.optional(v.array(transition)),
    expiration: v.optional(v.unknown()),
    noncurrentVersionExpiration: v.optional(v.unknown()),
  });
  const { inputs } = only(graph, "s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", name);
  const [life, marks, ...more] = v.parse(v.array(rule), inputs.rules);
  assert.deepEqual([marks?.expiration, more], [{ expiredObjectDeleteMarker: true }, []]);
  return {
    transitions: life?.transitions?.map(({ days, storageClass }) => `${storageClass} after ${days}`),
    expiration: life?.expiration,
    noncurrentVersionExpiration: life?.noncurrentVersionExpiration,
  };
}

describe("what is kept", () => {
  test("is encrypted", () => {
    for (const [, graph] of stages()) {
      assert.deepEqual(only(graph, "dynamodb/table:Table", "LedgerTable").inputs.serverSideEncryption, {
        enabled: true,
      });
      const bucket = "s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration";
      for (const name of ["EvidenceEncryption", "ReportsEncryption"])
        assert.deepEqual(only(graph, bucket, name).inputs.rules, [
          { applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } },
        ]);
      for (const { inputs } of all(graph, "sqs/queue:Queue")) assert.equal(inputs.sqsManagedSseEnabled, true);
      const key = only(graph, "kms/key:Key", "TopicKey");
      // With a condition on who asks, EventBridge could not use it.
      const { Statement } = v.parse(resourcePolicy, json(key.inputs, "policy"));
      assert.deepEqual(
        Object.keys(v.parse(v.looseObject({}), v.parse(v.looseObject({}), Statement[1]?.Condition).ArnLike)),
        ["kms:EncryptionContext:aws:sns:topicArn"],
      );
      assert.equal(key.inputs.enableKeyRotation, true);
      for (const { inputs } of all(graph, "sns/topic:Topic")) assert.equal(inputs.kmsMasterKeyId, key.outputs.arn);
    }
  });

  test("is kept as long as the policy says: logs at least so long, messages for two weeks", () => {
    for (const [, graph] of stages()) {
      const groups = all(graph, "cloudwatch/logGroup:LogGroup");
      // A function's, and the access log of each API.
      assert.equal(groups.length, functionsOf(graph).length + 2);
      for (const { name, inputs } of groups) assert.equal(inputs.retentionInDays, 120, name);
      for (const { inputs } of all(graph, "sqs/queue:Queue")) assert.equal(inputs.messageRetentionSeconds, 14 * 86_400);
    }
  });

  test("of the ledger can be put back to any second", () => {
    for (const [stage, graph] of stages()) {
      const { inputs } = only(graph, "dynamodb/table:Table", "LedgerTable");
      assert.deepEqual(inputs.pointInTimeRecovery, { enabled: true });
      assert.deepEqual(inputs.ttl, { attributeName: "forgetAt", enabled: true });
      assert.equal(inputs.billingMode, "PAY_PER_REQUEST");
      assert.equal(inputs.deletionProtectionEnabled, stage === "production");
    }
  });

  test("of the evidence grows colder, keeps its versions, and in production is locked for as long as the policy says", () => {
    for (const [stage, graph] of stages()) {
      const { inputs } = only(graph, "s3/bucket:Bucket", "EvidenceBucket");
      assert.deepEqual(
        [inputs.objectLockEnabled, inputs.forceDestroy],
        [stage === "production", stage !== "production"],
      );
      const versioning = only(graph, "s3/bucketVersioning:BucketVersioning", "EvidenceVersioning");
      assert.deepEqual(versioning.inputs.versioningConfiguration, { status: "Enabled" });
      const locks = all(graph, "s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration");
      const rule = { defaultRetention: { mode: "COMPLIANCE", days: 2555 } };
      assert.deepEqual(
        locks.map((one) => one.inputs.rule),
        stage === "production" ? [rule] : [],
      );
      assert.deepEqual(lifeOf(graph, "EvidenceLifecycle"), {
        transitions: ["STANDARD_IA after 30", "GLACIER_IR after 90"],
        expiration: { days: 2555 },
        noncurrentVersionExpiration: { noncurrentDays: 30 },
      });
    }
  });

  test("of reports is locked by nothing, and goes as the policy says, or after 90 days", () => {
    for (const [, graph] of stages()) {
      const { inputs } = only(graph, "s3/bucket:Bucket", "ReportsBucket");
      assert.ok(!inputs.objectLockEnabled);
      assert.deepEqual(lifeOf(graph, "ReportsLifecycle").expiration, { days: 90 });
    }
    assert.deepEqual(lifeOf(company, "ReportsLifecycle"), {
      transitions: ["STANDARD_IA after 30"],
      expiration: { days: 60 },
      noncurrentVersionExpiration: { noncurrentDays: 30 },
    });
  });

  test("has the public half of its key beside it", () => {
    const { inputs } = only(production, "s3/bucketObjectv2:BucketObjectv2", "PublicKey");
    const { outputs } = only(production, "kms/key:Key", "SigningKey");
    assert.deepEqual([inputs.key, inputs.content], [`keys/${outputs.keyId}.pem`, "-----BEGIN PUBLIC KEY-----"]);
    assert.equal(inputs.bucket, only(production, "s3/bucket:Bucket", "EvidenceBucket").inputs.bucket);
  });

  test("is signed by a key that can do nothing else", () => {
    for (const [, graph] of stages()) {
      const { customerMasterKeySpec, keyUsage } = only(graph, "kms/key:Key", "SigningKey").inputs;
      assert.deepEqual([customerMasterKeySpec, keyUsage], ["ECC_NIST_P256", "SIGN_VERIFY"]);
    }
  });
});

describe("alarms", () => {
  test("are there for each entry of the runbook, speak both ways, and name what is watched", () => {
    for (const [stage, graph] of stages()) {
      const topic = only(graph, "sns/topic:Topic", "AlarmsTopic").outputs.arn;
      const alarms = all(graph, "cloudwatch/metricAlarm:MetricAlarm");
      // CloudWatch adds up ten metrics at most.
      for (const { inputs } of alarms)
        assert.ok(v.parse(v.array(v.unknown()), inputs.metricQueries ?? []).length <= 11);
      for (const { inputs } of alarms) assert.deepEqual([inputs.alarmActions, inputs.okActions], [[topic], [topic]]);
      const names = alarms.map(({ inputs }) => String(inputs.name).replace(`mfa-warden-${stage}-`, ""));
      const each = ["workforce", "partners"].flatMap((id) =>
        ["sweep-failed", "sweep-incomplete", "awaiting-approval", "sweep-halted", "sweep-missing"].map(
          (entry) => `${id}-${entry}`,
        ),
      );
      const alone = ["sweep-incomplete", "awaiting-approval", "sweep-halted", "sweep-missing"];
      // Only where a vendor's log is asked, which has its own test.
      const elsewhere = "events-unseen" satisfies keyof typeof ALARMS;
      const once = Object.keys(ALARMS).filter((entry) => !alone.includes(entry) && entry !== elsewhere);
      assert.deepEqual(names.toSorted(), [...each, ...once].toSorted());
    }
  });

  test("about a directory read what the watch says of this stage; its silence has an alarm of its own", () => {
    const { inputs } = only(dev, "cloudwatch/metricAlarm:MetricAlarm", "Alarm-partners-sweep-missing");
    assert.deepEqual(inputs.dimensions, { stage: "dev-jane", directory: "partners" });
    assert.deepEqual([inputs.namespace, inputs.metricName], ["mfa-warden", "missing"]);
    // What was just deployed says nothing yet, and is not missing.
    assert.deepEqual([inputs.treatMissingData, inputs.threshold], ["notBreaching", 1]);
    const approval = only(dev, "cloudwatch/metricAlarm:MetricAlarm", "Alarm-partners-awaiting-approval");
    assert.deepEqual(approval.inputs.metricName, "awaitingApproval");
    const silent = only(dev, "cloudwatch/metricAlarm:MetricAlarm", "Alarm-watch-silent").inputs;
    assert.deepEqual([silent.dimensions, silent.statistic], [{ stage: "dev-jane" }, "SampleCount"]);
    assert.deepEqual([silent.treatMissingData, silent.comparisonOperator], ["breaching", "LessThanThreshold"]);
    const watch = only(dev, "scheduler/schedule:Schedule", "WatchScheduleSchedule");
    assert.equal(watch.inputs.scheduleExpression, "rate(5 minutes)");
  });

  /** What an alarm adds up: each metric as its name and what it is of, in our own words. */
  const readBy = (graph: Graph, alarm: string) => {
    const query = v.object({
      metric: v.optional(v.looseObject({ metricName: v.string(), dimensions: v.record(v.string(), v.string()) })),
      expression: v.optional(v.string()),
    });
    const { inputs } = only(graph, "cloudwatch/metricAlarm:MetricAlarm", `Alarm-${alarm}`);
    const queries = v.parse(v.array(query), inputs.metricQueries);
    const nameOf = (dimension = "") =>
      functionsOf(graph).find((one) => one.inputs.name === dimension || one.name === dimension);
    return {
      expression: queries.find(({ expression }) => expression)?.expression,
      metrics: queries.flatMap(({ metric }) => {
        const [of] = Object.values(metric?.dimensions ?? {});
        const found = nameOf(of);
        return metric ? [`${metric.metricName} ${found ? partOf(found) : of}`] : [];
      }),
    };
  };

  test("about runs and sweeps count executions that failed, not invocations that AWS makes again", () => {
    assert.deepEqual(readBy(production, "sweep-failed").metrics, [
      ...["run", "sweep"].flatMap((part) => [`DurableExecutionFailed ${part}`, `DurableExecutionTimedOut ${part}`]),
    ]);
  });

  test("about errors cover every function but the durable ones, and the one that the alarm would come to", () => {
    const alone = (alarm: string) => {
      const { inputs } = only(production, "cloudwatch/metricAlarm:MetricAlarm", `Alarm-${alarm}`);
      return inputs.metricName ?? readBy(production, alarm).metrics.filter((one) => one.startsWith("Errors"));
    };
    assert.deepEqual(readBy(production, "function-failed").metrics, [
      ...["watch", "webhook", "recheck", "approve"].map((part) => `Errors ${part}`),
    ]);
    assert.deepEqual([alone("seal-failed"), alone("report-failed")], ["Errors", ["Errors report"]]);
  });

  test("about dead letters go off when a queue grows, one for each", () => {
    for (const [alarm, queue] of [
      ["dead-events", "DeadEventsQueue"],
      ["undelivered", "UndeliveredQueue"],
    ] as const) {
      const { name } = only(production, "sqs/queue:Queue", queue).inputs;
      assert.deepEqual(readBy(production, alarm), {
        expression: "DIFF(FILL(m0, 0) + FILL(m1, 0))",
        metrics: [`ApproximateNumberOfMessagesVisible ${name}`, `ApproximateNumberOfMessagesNotVisible ${name}`],
      });
    }
  });

  test("about hooks and announcements count lines of this stage's logs", () => {
    for (const [stage, graph] of stages()) {
      const filters = all(graph, "cloudwatch/logMetricFilter:LogMetricFilter").map(({ inputs }) => {
        const group = all(graph, "cloudwatch/logGroup:LogGroup").find((one) => one.inputs.name === inputs.logGroupName);
        return [
          inputs.pattern,
          group?.name.match(/Webhook|Run/)?.[0],
          v.parse(v.looseObject({}), inputs.metricTransformation).namespace,
        ];
      });
      const namespace = `mfa-warden-${stage}-log`;
      assert.deepEqual(filters.toSorted(), [
        ["%unannounced%", "Run", namespace],
        ["%unauthenticated%", "Webhook", namespace],
      ]);
    }
  });

  test("read as many metrics as the guide counts for what they cost: five for each further directory", () => {
    const read = all(production, "cloudwatch/metricAlarm:MetricAlarm").flatMap(({ inputs }) =>
      Array(Math.max(1, v.parse(v.array(v.unknown()), inputs.metricQueries ?? []).length - 1)).fill(inputs.name),
    );
    const guide = readFileSync(new URL("../../docs/cost.md", import.meta.url), "utf8");
    assert.equal(read.length - 5, Number(/\| metrics in alarms +\| (\d+)/.exec(guide)?.[1]));
  });

  test("reach the address and the chat that the policy names, and need neither", () => {
    const ends = (graph: Graph) =>
      all(graph, "sns/topicSubscription:TopicSubscription").map(({ inputs }) => [inputs.protocol, inputs.endpoint]);
    const chat = functionOf(production, "alert").outputs.arn;
    assert.deepEqual(ends(production).toSorted(), [
      ["email", "security@example.com"],
      ["lambda", chat],
    ]);
    assert.deepEqual(ends(bare), []);
    assert.ok(!functionsOf(bare).some((one) => partOf(one) === "alert"));
  });

  test("are on a page with what they read", () => {
    for (const [stage, graph] of stages()) {
      const [page, ...more] = all(graph, "cloudwatch/dashboard:Dashboard");
      assert.deepEqual(more, []);
      assert.equal(page?.inputs.dashboardName, `mfa-warden-${stage}-overview`);
      const body = String(page?.inputs.dashboardBody);
      for (const one of [
        ...functionsOf(graph),
        ...all(graph, "sqs/queue:Queue"),
        ...all(graph, "dynamodb/table:Table"),
      ])
        if (!["watch", "alert"].includes(partOf(one))) assert.ok(body.includes(`"${one.inputs.name}"`), one.name);
    }
  });
});

describe("a company's own AWS", () => {
  const vpcOf = (one: ReturnType<typeof functionsOf>[number]) =>
    v.parse(
      v.optional(v.looseObject({ subnetIds: v.array(v.string()), securityGroupIds: v.array(v.string()) })),
      one.inputs.vpcConfig,
    );

  test("sees the functions that call vendors come from its own network, and no other", () => {
    const inside = functionsOf(company).filter((one) => vpcOf(one) !== undefined);
    assert.deepEqual(inside.map(partOf).toSorted(), ["recheck", "sweep"]);
    for (const one of inside) {
      assert.deepEqual(vpcOf(one), {
        subnetIds: ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
        securityGroupIds: ["sg-0123456789abcdef0"],
      });
      assert.match(JSON.stringify(roleOf(company, one).inputs.managedPolicyArns), /AWSLambdaVPCAccessExecutionRole/);
    }
    assert.ok(functionsOf(production).every((one) => vpcOf(one) === undefined));
  });

  test("bounds every role, and tags everything", () => {
    for (const { name, inputs } of all(company, "iam/role:Role"))
      assert.equal(inputs.permissionsBoundary, "arn:aws:iam::735291846013:policy/boundary", name);
    assert.ok(all(production, "iam/role:Role").every(({ inputs }) => inputs.permissionsBoundary === undefined));
    const { aws: provider } = v.parse(
      v.object({ aws: v.looseObject({ defaultTags: v.unknown() }) }),
      company.app.providers,
    );
    assert.deepEqual(provider.defaultTags, { tags: { "cost-center": "4711" } });
  });

  test("goes on with a restored table by its name, and makes none", () => {
    assert.equal(company.outputs.table, "restored-ledger");
    assert.ok(!company.made.some(({ name }) => name === "LedgerTable"));
    for (const part of ["run", "sweep", "recheck", "report", "seal", "watch"])
      assert.equal(environmentOf(functionOf(company, part)).MFA_WARDEN_TABLE, "restored-ledger");
    const { resourceArn } = only(company, "dynamodb/resourcePolicy:ResourcePolicy", "LedgerPolicy").inputs;
    assert.match(String(resourceArn), /table\/restored-ledger$/);
  });
});

describe("stages", () => {
  test("production is protected and outlived by ledger, evidence and signing key; others go away whole", () => {
    const settings = ({ app }: Graph) => [app.removal, app.protect];
    assert.deepEqual(
      [settings(production), settings(dev)],
      [
        ["retain", true],
        ["remove", false],
      ],
    );
    const retained = ({ made }: Graph) => made.filter((one) => one.retained).map(({ name }) => name);
    assert.deepEqual(retained(production).toSorted(), [
      "EvidenceBucket",
      "LedgerTable",
      "PublicKey",
      "ReportsBucket",
      "SigningKey",
    ]);
    // With its bucket it goes all the same; by itself it may not be deleted.
    assert.deepEqual(retained(dev), ["PublicKey"]);
  });

  test("share no name in one account", () => {
    // Named within the API, and by their content within SST's own bucket.
    const SHARED = ["aws:apigatewayv2/stage:Stage", "aws:s3/bucketObjectv2:BucketObjectv2"];
    const FIELDS = ["name", "bucket", "dashboardName", "targetId"];
    const namesOf = ({ made }: Graph) =>
      made
        .filter(({ type }) => type.startsWith("aws:") && !SHARED.includes(type))
        .flatMap(({ type, inputs }) =>
          FIELDS.flatMap((field) => (typeof inputs[field] === "string" ? [`${type} ${inputs[field]}`] : [])),
        );
    const [ours, theirs] = [namesOf(production), namesOf(dev)];
    assert.ok(ours.length > 60);
    for (const [stage, names] of [
      ["production", ours],
      ["dev-jane", theirs],
    ] as const)
      for (const name of names) assert.ok(name.includes(`-${stage}`), name);
    assert.deepEqual(
      ours.filter((name) => theirs.includes(name)),
      [],
    );
  });
});

test("the deployed table is the one that the ledger makes elsewhere", async () => {
  const { tableElsewhere } = await import("./local.ts");
  const { inputs } = only(production, "dynamodb/table:Table", "LedgerTable");
  const attribute = v.object({ name: v.string(), type: v.string() });
  const index = v.looseObject({
    name: v.string(),
    hashKey: v.string(),
    rangeKey: v.string(),
    projectionType: v.string(),
  });
  const deployed = {
    attributes: v
      .parse(v.array(attribute), inputs.attributes)
      .map(({ name, type }) => `${name} ${type}`)
      .toSorted(),
    keys: [inputs.hashKey, inputs.rangeKey],
    indexes: v
      .parse(v.array(index), inputs.globalSecondaryIndexes)
      .map(({ name, hashKey, rangeKey, projectionType }) => [name, hashKey, rangeKey, projectionType])
      .toSorted(),
  };
  assert.deepEqual(deployed, await tableElsewhere());
});

describe("a vendor whose log is asked", () => {
  const poll = () => functionOf(polling, "poll");

  test("has a function that may read its secret and its own cursor, and put events on the queue, and nothing else", () => {
    const words = wordsFor(polling);
    const role = roleOf(polling, poll());
    const said = grantsOf(role).map(({ action, resource }) => `${action} ${words(resource)}`);
    const expected = [
      "dynamodb:GetItem LedgerTable",
      "dynamodb:PutItem LedgerTable",
      ...secrets("dev-poll", "staff"),
      ...QUEUES,
    ];
    assert.deepEqual([...trustOf(role), ...said].toSorted(), [LAMBDA, ...expected].toSorted());
    const kinds = grantsOf(role).filter(({ resource }) => /:table\/[^/]+$/.test(resource));
    assert.deepEqual(
      kinds.map(({ keys }) => keys),
      [["CURSOR#*"], ["CURSOR#*"]],
    );
  });

  test("is asked every minute, and by no other function", () => {
    const { inputs } = only(polling, "scheduler/schedule:Schedule", "PollScheduleSchedule");
    assert.equal(inputs.scheduleExpression, "rate(1 minute)");
    const names = ["DEAD_QUEUE", "POLICY", "QUEUE", "SECRETS", "STAGE", "TABLE", "CODE"];
    const own = Object.keys(environmentOf(poll())).filter((name) => name.startsWith("MFA_WARDEN_"));
    assert.deepEqual(own.map((name) => name.replace("MFA_WARDEN_", "")).toSorted(), names.toSorted());
  });

  test("has no function where every vendor sends webhooks", () => {
    for (const graph of [production, dev, bare, company])
      assert.deepEqual(
        functionsOf(graph).filter((one) => partOf(one) === "poll"),
        [],
      );
  });

  test("is told of by alarms: a poll that fails, and what may have happened unseen", () => {
    const query = JSON.stringify(only(polling, "cloudwatch/metricAlarm:MetricAlarm", "Alarm-function-failed").inputs);
    assert.ok(query.includes(String(poll().inputs.name)));
    const { inputs } = only(polling, "cloudwatch/metricAlarm:MetricAlarm", "Alarm-events-unseen");
    assert.deepEqual([inputs.metricName, inputs.dimensions], ["gap", { stage: "dev-poll", part: "poll" }]);
  });
});
