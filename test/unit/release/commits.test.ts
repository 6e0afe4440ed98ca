import { commitErrors, titleErrors } from "../../../scripts/release/commits";

const problem = (subject: string) => commitErrors([{ hash: "abc1234", subject, body: "" }])[0]?.rule;

test.each([
  "feat: add a command",
  "fix(page): show the name",
  "refactor!: rename a setting",
  `chore: ${"x".repeat(72 - "chore: ".length)}`,
])("accepts the commit subject %s", (subject) => expect(problem(subject)).toBeUndefined());

test.each([
  ["Add a command", /^must start with one of feat, fix, .*chore, then ": "/],
  ["feature: add a command", /^must start/],
  ["feat add a command", /^must start/],
  ["feat:add a command", /^must start/],
  ["fixup! feat: add a command", /^must start/],
  [`docs: ${"x".repeat(72 - "docs: ".length + 1)}`, /^must have at most 72 characters, not 73$/],
  [`Document ${"x".repeat(72)}`, /^must start .*; must have at most 72 characters, not 81$/],
])("rejects the commit subject %s", (subject, rule) => expect(problem(subject)).toMatch(rule));

test("suggests a specific fix for each invalid commit", () => {
  const commits = ["One", "fix: two", "Three"].map((subject, i) => ({ hash: `hash${i}`, subject, body: "" }));
  expect(commitErrors(commits).map(({ key, value, fix }) => [key, value, fix])).toEqual([
    ["hash0", "One", "Reword it with: git rebase -i hash0~"],
    ["hash2", "Three", "Reword it with: git rebase -i hash2~"],
  ]);
});

test("the title of a pull request has the same rules as a commit's subject", () => {
  expect(titleErrors("fix: renew the certificate earlier")).toEqual([]);
  expect(titleErrors("Renew the certificate earlier")).toEqual([
    {
      key: "title",
      value: "Renew the certificate earlier",
      rule: expect.stringMatching(/^must start with one of feat/),
      fix: "Edit the title of the pull request",
    },
  ]);
});
