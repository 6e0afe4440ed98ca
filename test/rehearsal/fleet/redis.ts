import { setTimeout as pause } from "node:timers/promises";
import type { Cache } from "../../../packages/aws-simulator/network/cache";
import { eventually } from "../../support/eventually";
import type { Fleet } from "../../support/fleet";
import { expectUnbrokenMedia } from "../../support/running-call";

/** Tests of the shared Redis and its failures. */
export function redis(context: () => Fleet): void {
  const cache = async () => {
    const found = await context().cache();
    if (found === undefined) throw new Error("the stack has no cache");
    return found;
  };
  const joined = async (code: string) => {
    const entry = context().near(code);
    return (await context().aws.holdCall("udp", [entry, entry])).end();
  };

  test.each<[string, (redis: Cache) => Promise<void>]>([
    ["restarts as in a failover", (redis) => redis.restart()],
    [
      "is stopped for a minute",
      async (redis) => {
        await redis.stop();
        await pause(60_000);
        await redis.start();
      },
    ],
  ])("media continues while Redis %s, and joins work again without intervention", async (_, happen) => {
    const call = await context().aws.holdCall("udp", [context().near("euc1"), context().near("use1")]);
    await happen(await cache());
    const since = Date.now();
    await eventually(() => joined("use1"));
    console.log(`joins work ${((Date.now() - since) / 1000).toFixed(1)} s after Redis is back`);
    const held = await call.end();
    expect(held).toMatchObject({ interruptions: 0 });
    expectUnbrokenMedia(held);
  });
}
