import { readFileSync } from "node:fs";
import { join } from "node:path";
import { nodeMonth, sharedMonth } from "../../../../model/aws/prices";

const guide = readFileSync(join(__dirname, "../../../../docs/aws.md"), "utf8");

/** The cells of the table's row that starts with this text. */
function row(start: string): string[] {
  const line = guide.split("\n").find((each) => each.startsWith(`| ${start}`));
  return (line ?? "")
    .split("|")
    .slice(2, -1)
    .map((cell) => cell.trim());
}

test("the operator's guide names the prices that the stack reckons with", () => {
  const types = row("one node");
  expect(types).toEqual(["c7i.large", "c7g.large"]);
  expect(row("instance, Elastic IP")).toEqual(types.map((type) => `$${nodeMonth(type, {})}`));
  expect(row("the stack's two secrets")).toEqual(types.map(() => `$${sharedMonth.toFixed(2)}`));
});

test("an instance type that the table has no price of is told as such", () => {
  expect(nodeMonth("c99.large", {})).toBeUndefined();
});
