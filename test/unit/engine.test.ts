import { noSuchStack } from "../../scripts/engine";
import { documents } from "../support/documents";

test("a stack that is not in the state leads to another state before it leads to a second stack, and to the guide", () => {
  const [, guide = ""] = documents.find(([path]) => path === "docs/aws.md") ?? [];
  const { message } = noSuchStack("prod");
  expect(message).toMatch(/Log in where it is, with: pulumi login;.* "State" in docs\/aws\.md/);
  expect(guide).toMatch(/^\*\*State\.\*\*/m);
});
