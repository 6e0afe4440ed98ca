import { lifecycleErrors, rulesFound, rulesToPut } from "../../provider/services/s3/lifecycle";

const place = { status: "Enabled", filter: { prefix: "nodes/a/logs" } } as const;

test("an S3 bucket returns its lifecycle rules as they were stored, each rule with its own actions", () => {
  const rules = [
    { ...place, id: "logs", expiration: { days: 1 } },
    { ...place, id: "old", noncurrentVersionExpiration: { noncurrentDays: 2 } },
    { ...place, id: "parts", abortIncompleteMultipartUpload: { daysAfterInitiation: 3 } },
  ];
  expect(JSON.parse(JSON.stringify(rulesFound(rulesToPut(rules))))).toEqual(rules);
  expect(lifecycleErrors(rules)).toEqual([]);
});

test("an S3 bucket rejects a lifecycle rule without an action", () => {
  expect(lifecycleErrors([{ ...place, id: "idle" }])).toEqual([
    'rules: "idle" has no action: at least one is required',
  ]);
});
