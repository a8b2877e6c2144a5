/** Where alarms and bad news go: to an e-mail address, and to a chat. */
import { common, environment } from "./lambda.ts";
import { named } from "./name.ts";
import { wanted } from "./policy.ts";
import { readSecrets } from "./secrets.ts";

const { accountId } = aws.getCallerIdentityOutput();
const { partition } = aws.getPartitionOutput();

const { region } = aws.getRegionOutput();

/**
 * CloudWatch and EventBridge may not use the key that AWS keeps for SNS. SNS says which topic it is for; who asks cannot be a
 * condition where EventBridge does. https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
 */
const ourTopic = $interpolate`arn:${partition}:sns:${region}:${accountId}:${named("AlarmsTopic")}-*`;
const key = new aws.kms.Key("TopicKey", {
  description: named("alarms"),
  enableKeyRotation: true,
  policy: $jsonStringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "Account",
        Effect: "Allow",
        Principal: { AWS: $interpolate`arn:${partition}:iam::${accountId}:root` },
        Action: "kms:*",
        Resource: "*",
      },
      {
        Sid: "Speakers",
        Effect: "Allow",
        Principal: { Service: ["cloudwatch.amazonaws.com", "events.amazonaws.com"] },
        Action: ["kms:Decrypt", "kms:GenerateDataKey"],
        Resource: "*",
        Condition: { ArnLike: { "kms:EncryptionContext:aws:sns:topicArn": ourTopic } },
      },
    ],
  }),
});

export const topic = new sst.aws.SnsTopic("Alarms", { transform: { topic: { kmsMasterKeyId: key.arn } } });

const speaker = (Sid: string, Service: string) => ({
  ...{ Sid, Effect: "Allow", Principal: { Service }, Action: "sns:Publish", Resource: topic.arn },
});
new aws.sns.TopicPolicy("AlarmsPolicy", {
  arn: topic.arn,
  policy: $jsonStringify({
    Version: "2012-10-17",
    Statement: [
      {
        ...speaker("Alarms", "cloudwatch.amazonaws.com"),
        Condition: { StringEquals: { "aws:SourceAccount": accountId } },
      },
      // With any condition SNS refuses EventBridge; what keeps strangers' rules out is the topic's name, which ends at random.
      // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-troubleshooting.html
      speaker("Rules", "events.amazonaws.com"),
    ],
  }),
});

if (wanted.alarmAddress)
  new aws.sns.TopicSubscription("AlarmAddress", {
    topic: topic.arn,
    protocol: "email",
    endpoint: wanted.alarmAddress,
  });

/**
 * The chat webhook's address is a credential: only this function may read it. What it cannot pass on goes nowhere: an alarm about
 * it would be passed on by it, fail, and go off again.
 */
if (wanted.chatWebhook) {
  topic.subscribe("Alert", {
    ...common,
    handler: "functions/alert.handler",
    memory: "256 MB",
    timeout: "10 seconds",
    environment: {
      MFA_WARDEN_STAGE: environment.MFA_WARDEN_STAGE,
      MFA_WARDEN_SECRETS: environment.MFA_WARDEN_SECRETS,
      MFA_WARDEN_CHAT_SECRET: wanted.chatWebhook,
    },
    permissions: readSecrets([wanted.chatWebhook]),
  });
}
