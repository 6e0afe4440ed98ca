import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
  DeleteRetentionPolicyCommand,
  DescribeLogGroupsCommand,
  ListTagsForResourceCommand,
  PutRetentionPolicyCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { z } from "zod";
import { clientOf } from "../../clients";
import { managed } from "../../managed";
import { regional, tagged, tagList, tagsFound } from "../../resource";
import { changeTags } from "../../tags";

const logs = clientOf("CloudWatch Logs", (options) => new CloudWatchLogsClient(options));

/** Retention periods that the API accepts, in days; 0 keeps logs forever. */
const retentions = [
  0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;

/** `aws:cloudwatch/logGroup:LogGroup` */
export const logGroup = managed({
  token: "aws:cloudwatch/logGroup:LogGroup",
  inputs: {
    ...regional,
    ...tagged,
    name: z
      .string()
      .min(1)
      .max(512, "must be at most 512 characters")
      .regex(/^[.\-_/#A-Za-z0-9]*$/, "must be letters, digits and any of .-_/#")
      .regex(/^(?!aws\/)/, "must not begin with aws/, which AWS keeps"),
    retentionInDays: z.literal(retentions, `must be one of ${retentions.join(", ")}`).default(0),
  },
  replaceOn: ["name"],
  deleteBeforeReplace: true,
  computed: ["arn", "logGroupClass"],
  async make({ region, name: logGroupName, tagsAll: tags }) {
    await logs(region).send(new CreateLogGroupCommand({ logGroupName, tags }));
    return logGroupName;
  },
  async set(logGroupName, { region, retentionInDays, tagsAll }, before) {
    if (retentionInDays > 0) await logs(region).send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays }));
    else if (before) await logs(region).send(new DeleteRetentionPolicyCommand({ logGroupName }));
    if (!before) return;
    const resourceArn = before["arn"] as string;
    await changeTags(tagsAll, before, {
      give: (list) =>
        logs(region).send(
          new TagResourceCommand({ resourceArn, tags: Object.fromEntries(list.map(({ Key, Value }) => [Key, Value])) }),
        ),
      take: (tagKeys) => logs(region).send(new UntagResourceCommand({ resourceArn, tagKeys })),
    });
  },
  async find(name, region) {
    const { logGroups = [] } = await logs(region).send(new DescribeLogGroupsCommand({ logGroupNamePrefix: name }));
    const found = logGroups.find(({ logGroupName }) => logGroupName === name);
    if (!found) return undefined;
    const arn = found.arn?.replace(/:\*$/, "") ?? "";
    const { tags } = await logs(region).send(new ListTagsForResourceCommand({ resourceArn: arn }));
    return {
      name,
      arn,
      logGroupClass: found.logGroupClass ?? "STANDARD",
      retentionInDays: found.retentionInDays ?? 0,
      ...tagsFound(tagList(tags)),
    };
  },
  remove: (logGroupName, region) => logs(region).send(new DeleteLogGroupCommand({ logGroupName })),
});
