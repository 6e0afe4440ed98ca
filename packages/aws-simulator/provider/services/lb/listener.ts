import {
  CreateListenerCommand,
  DeleteListenerCommand,
  DescribeListenersCommand,
  DescribeTargetGroupsCommand,
  ModifyListenerCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { z } from "zod";
import { awsError } from "../../aws-error";
import { managed } from "../../managed";
import { regional, tagged, tagList } from "../../resource";
import { findTags, setTags } from "./balancing-tags";
import { balancing, port, service } from "./client";

const actions = z
  .array(
    z.strictObject({
      type: z.literal("forward", "must be forward: nothing else is implemented"),
      targetGroupArn: z.string().min(1),
    }),
  )
  .length(1, "must be one action");

/** `aws:lb/listener:Listener` of a network load balancer. */
export const listener = managed({
  token: "aws:lb/listener:Listener",
  inputs: {
    ...regional,
    ...tagged,
    loadBalancerArn: z.string().min(1),
    protocol: z.literal("TCP", "must be TCP: nothing else is implemented"),
    port,
    defaultActions: actions,
  },
  replaceOn: ["loadBalancerArn"],
  computed: ["arn"],
  async make({ region, loadBalancerArn: LoadBalancerArn, protocol, port: Port, defaultActions, tagsAll }) {
    await validateListener(region, LoadBalancerArn, Port, defaultActions);
    const about = { LoadBalancerArn, Protocol: protocol, Port, Tags: tagList(tagsAll) };
    const command = new CreateListenerCommand({ ...about, DefaultActions: actionsToPut(defaultActions) });
    return (await balancing(region).send(command)).Listeners?.[0]?.ListenerArn;
  },
  async set(ListenerArn, { region, loadBalancerArn, protocol, port: Port, defaultActions, tagsAll }, before) {
    if (!before) return;
    await validateListener(region, loadBalancerArn, Port, defaultActions, ListenerArn);
    const changed = { ListenerArn, Protocol: protocol, Port, DefaultActions: actionsToPut(defaultActions) };
    await balancing(region).send(new ModifyListenerCommand(changed));
    await setTags(region, ListenerArn, tagsAll, before);
  },
  async find(arn, region) {
    const command = new DescribeListenersCommand({ ListenerArns: [arn] });
    const [found] = (await balancing(region).send(command)).Listeners ?? [];
    if (!found) return undefined;
    return {
      arn,
      loadBalancerArn: found.LoadBalancerArn,
      protocol: found.Protocol,
      port: found.Port,
      defaultActions: (found.DefaultActions ?? []).map(({ Type, TargetGroupArn }) => ({
        type: Type,
        targetGroupArn: TargetGroupArn,
      })),
      ...(await findTags(region, arn)),
    };
  },
  remove: (arn, region) => balancing(region).send(new DeleteListenerCommand({ ListenerArn: arn })),
});

function actionsToPut(list: z.infer<typeof actions>) {
  return list.map(({ type, targetGroupArn }) => ({ Type: type, TargetGroupArn: targetGroupArn }));
}

/**
 * Validates a listener: moto accepts a port twice, and responds to a missing target group with an internal error.
 * @throws AWS's error
 */
async function validateListener(
  region: string,
  LoadBalancerArn: string,
  wanted: number,
  list: z.infer<typeof actions>,
  own?: string,
): Promise<void> {
  const TargetGroupArns = list.map(({ targetGroupArn }) => targetGroupArn);
  await balancing(region).send(new DescribeTargetGroupsCommand({ TargetGroupArns }));
  const { Listeners = [] } = await balancing(region).send(new DescribeListenersCommand({ LoadBalancerArn }));
  const taken = Listeners.some(({ Port, ListenerArn }) => Port === wanted && ListenerArn !== own);
  if (!taken) return;
  const words = `A listener already exists on this port for this load balancer '${LoadBalancerArn}'`;
  throw awsError(service, own ? "ModifyListener" : "CreateListener", "DuplicateListener", words);
}
