import { readFileSync } from "node:fs";
import { join } from "node:path";
import { officialReplaceKeys, officialVersion } from "../../../../model/aws/replace-keys";
import { projectFolder } from "../../../../stacks/env";
import { awsExamples } from "../../../support/examples";
import { readGolden } from "../../../support/golden";
import { sdkMembers } from "../../../support/sdk-members";

test("the replace-key table has the version of the installed @pulumi/aws, and lists only inputs that exist", () => {
  const { version } = JSON.parse(readFileSync(join(projectFolder, "node_modules/@pulumi/aws/package.json"), "utf8"));
  expect(version).toBe(officialVersion);
  for (const [token, keys] of Object.entries(officialReplaceKeys)) {
    const [, , name = ""] = token.split(":");
    expect(sdkMembers(token, `${name}Args`).all).toEqual(expect.arrayContaining([...keys]));
  }
});

test("the replace-key table lists each AWS resource type of the example stacks", () => {
  const goldens = Object.keys(awsExamples).flatMap((name) => readGolden(name) as readonly { readonly type: string }[]);
  const types = new Set(goldens.map(({ type }) => type).filter((type) => type.startsWith("aws:")));
  expect(types.size).toBeGreaterThan(20);
  expect([...types].filter((type) => officialReplaceKeys[type] === undefined)).toEqual([]);
});
