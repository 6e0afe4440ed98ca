import { awsFleet, planAws } from "../../model/aws/plan";
import { mermaid } from "../../model/capacity/diagram";
import { type Host, planLocalFleet } from "../../model/fleet";
import { parseConfiguration } from "../../model/settings/parse";
import { awsPlanFromFile } from "../lib/load-stack";
import { freshSecrets } from "../lib/secret-file";

/** A fixed example machine, so that the diagram is the same wherever it is rendered. */
const host: Host = {
  address: "192.168.1.20",
  addresses: [],
  cores: 4,
  network: "host",
  imageSource: "registry",
  hostName: "laptop",
};

/** Renders the example stacks as Mermaid flowcharts, by the name in their `<!-- diagram NAME -->` marker. */
export function renderDiagrams(): Readonly<Record<string, string>> {
  // Planning requires secrets, but no diagram depends on them.
  const secrets = freshSecrets();
  // Uses only defaults: Pulumi.dev.yaml may contain the user's own settings.
  const dev = parseConfiguration({ values: {}, encrypted: new Set(), env: secrets });
  const prod = awsPlanFromFile("prod", secrets);
  const [region] = prod.settings.regions;
  if (region === undefined) throw new Error("Pulumi.prod.yaml must configure at least one region");
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
    prod: mermaid(awsFleet(prod), prod),
    regions: mermaid(awsFleet(regions), regions),
  };
}

/**
 * Inserts each diagram into a document, between `<!-- diagram NAME -->` and `<!-- end of diagram -->`.
 * @throws Error if a marker names an unknown diagram
 */
export function withDiagrams(document: string, diagrams: Readonly<Record<string, string>>): string {
  return document.replaceAll(/<!-- diagram (\w+) -->\n[\s\S]*?<!-- end of diagram -->/g, (_, name: string) => {
    const drawing = diagrams[name];
    if (drawing === undefined) throw new Error(`there is no diagram ${name}: use a name from renderDiagrams`);
    return `<!-- diagram ${name} -->\n\n\`\`\`mermaid\n${drawing.trimEnd()}\n\`\`\`\n\n<!-- end of diagram -->`;
  });
}
