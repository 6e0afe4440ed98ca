import { parseReport } from "../../../scripts/aws/report";

test.each([
  ["apply-1 healthy 3fa9\nall services are healthy\n", { status: "healthy", bundle: "3fa9" }],
  [
    "drain-1 working 3fa9 draining\nall services are healthy\n",
    { status: "working", bundle: "3fa9", phase: "draining" },
  ],
  ["apply-1 working -\nall services are healthy\n", { status: "working" }],
])("parseReport parses the node report %j", (content, fields) => {
  expect(parseReport(content)).toEqual({ ...fields, text: "all services are healthy" });
});
