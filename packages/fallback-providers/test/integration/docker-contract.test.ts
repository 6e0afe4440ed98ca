import { ensureDockerProvider } from "../../../../scripts/toolchain/docker-provider";
import { testMachine } from "../../../../test/support/machine";
import { check, diff } from "../../../provider-kit/resource-type";
import { decode, encode, type Properties } from "../../../provider-kit/values";
import { container } from "../../docker/container";
import { changesOf, type SampleChange } from "../terraform/changes";
import { type Provider, startProvider } from "../terraform/provider";
import { type Sample, samples } from "../terraform/samples";
import { type Block, terraformName } from "../terraform/values";

let provider: Provider;

// Pulumi's official provider bridges an earlier version of this Terraform provider, and derives its diff from the
// Terraform provider's plan.
beforeAll(async () => {
  provider = await startProvider(await ensureDockerProvider(testMachine, () => {}));
});

afterAll(() => provider?.stop());

type Answer = "none" | "update" | "replace";

async function official({ terraform, stored }: Sample, { olds, news }: SampleChange): Promise<Answer> {
  const state = { ...stored, ...olds };
  const [same, changed] = [await provider.plan(terraform, state, olds), await provider.plan(terraform, state, news)];
  expect(same.replaces).toEqual([]);
  if (changed.replaces.length > 0) return "replace";
  return changed.state === same.state ? "none" : "update";
}

function fallback({ type }: Sample, { olds, news }: SampleChange): Answer {
  const changes = diff(type, olds, news);
  if (changes.some(({ replaces }) => replaces)) return "replace";
  return changes.length === 0 ? "none" : "update";
}

/** Applies the defaults that both providers set on inputs before comparing the inputs. */
function checked({ type }: Sample, { olds, news, ...change }: SampleChange): SampleChange {
  const inputs = (properties: Properties) => decode(encode(check(type, properties, "docker").inputs));
  return { ...change, olds: inputs(olds), news: inputs(news) };
}

/**
 * Since 4.6.0 the Terraform provider replaces a resource when these inputs change (#989). Pulumi's docker 5.2 bridges
 * 4.5.0, so the program requests the replacement itself.
 */
const newerThanOfficial = ["healthcheck added", "healthcheck added unknown", "healthcheck unknown"];

test.each(samples)(
  "$terraform: the fallback provider and the official provider update or replace a resource for the same input changes",
  async (sample) => {
    expect(Object.keys(sample.properties).sort()).toEqual(Object.keys(sample.type.inputs).sort());
    const different: string[] = [];
    for (const change of changesOf(sample.properties, sample.required)) {
      const given = checked(sample, change);
      const [theirs, ours] = [await official(sample, given), fallback(sample, given)];
      if (theirs !== ours) different.push(`${change.title}: ${theirs}, not ${ours}`);
    }
    const known = sample.type === container ? newerThanOfficial.map((title) => `${title}: replace, not update`) : [];
    expect(different).toEqual(known);
  },
  120_000,
);

test.each(samples)(
  "$terraform: the fallback provider and the official provider have the same computed outputs",
  (sample) => {
    const { block } = provider.schemas[sample.terraform] ?? {};
    const computed = block?.attributes.filter(({ computed }) => computed).map(({ name }) => name) ?? [];
    // Terraform's plugin protocol has no computed flag for blocks.
    const isAttribute = (name: string) => block?.attributes.some((attribute) => attribute.name === name);
    const ours = sample.type.computed.map((name) => terraformName(block as Block, name)).filter(isAttribute);
    expect(ours.sort()).toEqual(computed.filter((name) => name !== "id").sort());
  },
);
