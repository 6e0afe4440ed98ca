import { noSuchStack } from "../../scripts/engine";
import { documents } from "../support/documents";

test("a stack that is not in the backend is made as the operator's guide makes it", () => {
  const [, guide = ""] = documents.find(([path]) => path === "docs/aws.md") ?? [];
  const [, hint = "nothing"] = noSuchStack("prod").message.split(" with: ");
  expect(guide).toContain(`\n${hint}\n`);
  expect(hint).toMatch(/^pulumi stack init prod --secrets-provider /);
});
