import { randomBytes } from "node:crypto";
import { awsFleet, planAws } from "../../model/aws/plan";
import { mermaid } from "../../model/capacity/diagram";
import { type Host, planLocalFleet } from "../../model/fleet";
import { parseConfiguration } from "../../model/settings/parse";
import { secretKeys } from "../../model/settings/secret-specs";
import { awsPlanFromFile } from "../lib/load-stack";

/** A machine like its readers', so that the drawing is the same on all of them. */
const host: Host = {
  address: "192.168.1.20",
  addresses: [],
  cores: 4,
  network: "host",
  imageSource: "registry",
  hostName: "laptop",
};

/** The example stacks as Mermaid flowcharts, by the names of the marks that they stand between. */
export function renderDiagrams(): Readonly<Record<string, string>> {
  const secrets = placeholders();
  // As it is shipped: whoever has a checkout sets keys in Pulumi.dev.yaml.
  const dev = parseConfiguration({ values: {}, encrypted: new Set(), env: secrets });
  const prod = awsPlanFromFile("prod", secrets);
  const [region] = prod.settings.regions;
  if (region === undefined) throw new Error("Pulumi.prod.yaml has no region");
  const regions = planAws({
    ...prod.settings,
    regions: [
      { ...region, primary: true },
      { ...region, name: "us-east-1", cidr: "10.1.0.0/16" },
    ],
    redis: { mode: "elasticache" },
    loadBalancer: "nlb",
  });
  return {
    dev: mermaid(planLocalFleet(dev.settings, host)),
    prod: mermaid(awsFleet(prod, {}), prod),
    regions: mermaid(awsFleet(regions, {}), regions),
  };
}

/** No drawing depends on a secret, and no plan is made without. */
function placeholders(): Record<string, string> {
  const needed = secretKeys.filter((key) => !key.startsWith("previous"));
  return Object.fromEntries(needed.map((key) => [key, randomBytes(32).toString("hex")]));
}

/**
 * A document with each drawing in its place: between `<!-- diagram NAME -->` and `<!-- end of diagram -->`.
 * @throws Error where it has a mark for a drawing that there is not
 */
export function withDiagrams(document: string, diagrams: Readonly<Record<string, string>>): string {
  return document.replaceAll(/<!-- diagram (\w+) -->\n[\s\S]*?<!-- end of diagram -->/g, (_, name: string) => {
    const drawing = diagrams[name];
    if (drawing === undefined) throw new Error(`there is no diagram ${name}`);
    return `<!-- diagram ${name} -->\n\n\`\`\`mermaid\n${drawing.trimEnd()}\n\`\`\`\n\n<!-- end of diagram -->`;
  });
}
