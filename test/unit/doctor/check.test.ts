import { type Check, type CheckContext, CheckFailure, examine, redact } from "../../../scripts/doctor/check";
import { renderFindings } from "../../../scripts/doctor/table";
import { splitAtColors } from "../../../scripts/lib/terminal";
import { executedParts, harmlessText, hostileText } from "../../support/remote-text";
import { configure, testSecrets } from "../../support/settings";

const { secrets } = configure();
const up: CheckContext = { secrets, isUp: true, bringUp: "npm start" };

const check = (run: Check["run"], more: Partial<Check> = {}): Check => ({ title: "it", fix: "fix it", run, ...more });
const fails = (error: Error) => check(() => Promise.reject(error));

test("npm run doctor reports each check's answer, failure or error as a finding, in the order of the checks", async () => {
  const refused = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
  const findings = await examine(
    [
      check(async () => "fine"),
      fails(new CheckFailure("ill")),
      fails(new CheckFailure("ill", "own fix", "warning")),
      fails(new Error("broken")),
      fails(new TypeError("fetch failed", { cause: refused })),
    ],
    up,
  );
  expect(findings).toEqual([
    { title: "it", status: "passed", detail: "fine" },
    { title: "it", status: "failed", cause: "ill", fix: "fix it" },
    { title: "it", status: "warning", cause: "ill", fix: "own fix" },
    { title: "it", status: "failed", cause: "broken", fix: "fix it" },
    { title: "it", status: "failed", cause: "nothing listens there", fix: "npm start" },
  ]);
});

test("for a stack that is not up, npm run doctor checks only the machine and reports once that the stack is not up", async () => {
  const run = jest.fn(async () => "fine");
  const checks = [check(run), check(run, { ofMachine: true }), check(run)];
  expect(await examine(checks, { ...up, isUp: false })).toEqual([
    { title: "the stack", status: "failed", cause: "the stack is not up; 2 checks depend on it", fix: "npm start" },
    { title: "it", status: "passed", detail: "fine" },
  ]);
  expect(run).toHaveBeenCalledTimes(1);
});

test("if the check of a service's container fails, all failed checks of the service suggest the fix of the container check", async () => {
  const paused = new CheckFailure("it is paused", "docker unpause lab-coturn");
  const findings = await examine(
    [
      check(() => Promise.reject(paused), { title: "container lab-coturn", service: "coturn", ofContainer: true }),
      check(async () => "running", { title: "container lab-nginx", service: "nginx", ofContainer: true }),
      check(() => Promise.reject(new Error("no answer")), { title: "STUN", service: "coturn" }),
      check(async () => "covers it", { title: "certificate", service: "coturn" }),
      check(() => Promise.reject(new Error("no answer")), { title: "HTTPS", service: "nginx" }),
      check(() => Promise.reject(new Error("too small")), { title: "kernel" }),
    ],
    up,
  );
  const fix = "docker unpause lab-coturn";
  expect(findings).toEqual([
    { title: "container lab-coturn", status: "failed", cause: "it is paused", fix },
    { title: "container lab-nginx", status: "passed", detail: "running" },
    { title: "STUN", status: "failed", cause: "needs the container lab-coturn: it is paused", fix },
    { title: "certificate", status: "passed", detail: "covers it" },
    { title: "HTTPS", status: "failed", cause: "no answer", fix: "fix it" },
    { title: "kernel", status: "failed", cause: "too small", fix: "fix it" },
  ]);
});

test("a check that does not answer before the deadline fails", async () => {
  const aborted = jest.fn();
  const hang = check((signal) => {
    signal.addEventListener("abort", aborted);
    return new Promise(() => undefined);
  });
  const [finding] = await examine([hang], up, 0.1);
  const fix = expect.stringMatching(/^Run it again.*: fix it$/);
  expect(finding).toMatchObject({ status: "failed", cause: "no answer within 0.1 s", fix });
  expect(aborted).toHaveBeenCalled();
});

test("npm run doctor redacts secrets and tokens in the findings of checks", async () => {
  const token = "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJBUEkifQ.c2lnbmF0dXJl";
  const [finding] = await examine([fails(new Error(`bad ${token} ${testSecrets["turnSecret"]}`))], up);
  expect(finding).toMatchObject({ cause: "bad <token> <secret>" });
  expect(redact(`${testSecrets["apiSecret"]}${testSecrets["redisPassword"]}`, secrets)).toBe("<secret><secret>");
});

test("the table of findings states each fix once", async () => {
  const findings = await examine([check(async () => "fine"), fails(new Error("a")), fails(new Error("b"))], up);
  const text = renderFindings(findings, false);
  expect(text.match(/fix it/g)).toHaveLength(1);
  expect(text).toContain("1 of 3 checks passed");
  expect(text).not.toContain("\u001b");
});

test("the table of findings has colors of its own alone", async () => {
  const text = renderFindings(await examine([check(async () => hostileText), fails(new Error(hostileText))], up), true);
  const parts = splitAtColors(text);
  expect(parts.filter((_, i) => i % 2 === 1)).toHaveLength(4);
  expect(executedParts(parts.filter((_, i) => i % 2 === 0).join(""))).toEqual([]);
  expect(text.match(new RegExp(harmlessText, "g"))).toHaveLength(2);
});
