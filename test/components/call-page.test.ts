import { readFileSync } from "node:fs";
import { callPage } from "../../stacks/call-page";

test("keeps the call page's script in a file whose path changes with its content alone", async () => {
  const { content, scriptFile } = await callPage();
  expect(readFileSync(scriptFile, "utf8")).toBe(content["call.js"]);
  expect((await callPage()).scriptFile).toBe(scriptFile);
});
