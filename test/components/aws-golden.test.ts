import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { registerAws } from "../support/aws-stack";
import { awsExamples as stacks } from "../support/examples";
import { golden, goldenFile } from "../support/golden";
import { testSecrets } from "../support/settings";

const toUpdate = "UPDATE_GOLDENS=1 npm test -- --only components";

test.each(Object.keys(stacks))(
  `every resource of %s matches its golden file (command that updates the file: ${toUpdate})`,
  async (name) => {
    const file = goldenFile(name);
    const text = `${JSON.stringify(golden(await registerAws(stacks[name])), null, 2)}\n`;
    for (const secret of Object.values(testSecrets)) expect(text).not.toContain(secret);
    if (process.env["UPDATE_GOLDENS"]) writeFileSync(file, text);
    expect(JSON.parse(text)).toEqual(existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : []);
  },
);
