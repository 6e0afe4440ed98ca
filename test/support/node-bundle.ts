import { awsFleet, planAws } from "../../model/aws/plan";
import { imageNames } from "../../model/fleet";
import type { RawConfig } from "../../model/settings/parse";
import { type Bundle, renderBundle, type SecretCounts } from "../../templates/node/bundle";
import { configureAws } from "./settings";

/** Plans a node's bundle, with an address of the documentation range. */
export function nodeBundle(values: RawConfig["values"] = {}, counts?: SecretCounts) {
  const { settings } = configureAws(values);
  const plan = planAws(settings);
  const addresses = Object.fromEntries(plan.nodes.map(({ name }, i) => [name, `198.51.100.${i + 1}`]));
  const fleet = awsFleet(plan, addresses, "master.lab.cache.amazonaws.com:6379");
  const [node] = plan.nodes;
  const sources = { agent: { "__main__.py": "print()\n" }, puller: "print()\n" };
  const bundle: Bundle = renderBundle(plan, fleet, node, imageNames(settings), sources, "bucket-of-bundles", counts);
  return { plan, fleet, node, bundle, settings };
}

/** Returns a file of a bundle. @throws Error if there is none with that path */
export function fileOf(bundle: Bundle, path: string): string {
  const text = bundle[path];
  if (text === undefined) throw new Error(`no ${path} among ${Object.keys(bundle).join(", ")}`);
  return text;
}
