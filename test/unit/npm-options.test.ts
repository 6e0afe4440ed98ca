import { command, optionsTakenByNpm } from "../../scripts/lib/cli";

const before = { ...process.env };
let said: string;

beforeEach(() => {
  process.env["npm_lifecycle_event"] = "doctor";
  said = "";
});
afterEach(() => {
  process.env = { ...before };
});

function parse(...args: readonly string[]): void {
  command("doctor")
    .configureOutput({ writeErr: (text) => (said += text) })
    .option("--json", "print JSON")
    .option("--ttl-seconds <seconds>", "lifetime")
    .parse(["node", "doctor", ...args]);
}

test.each([
  ["--json", "npm_config_json"],
  ["--ttl-seconds", "npm_config_ttl_seconds"],
])(
  "rejects the option %s if npm consumed the option, and suggests the command that passes the option to the program",
  (option, variable) => {
    process.env[variable] = "true";
    expect(() => parse()).toThrow();
    expect(said).toBe(
      `error: npm itself consumed ${option}.\nOptions go after --, as in: npm run doctor -- ${option}\n`,
    );
  },
);

test("if npm consumed an option and passed only the option's value, the error explains that options belong after --", () => {
  expect(() => parse("dev")).toThrow();
  expect(said).toMatch(/too many arguments.*\nOptions go after --, as in: npm run doctor -- --option/);
});

test("a command accepts options after --, and ignores variables of npm itself, such as npm_config_yes in CI systems", () => {
  process.env["npm_config_user_agent"] = "npm";
  expect(() => parse("--json")).not.toThrow();
  expect(optionsTakenByNpm(["--yes"], { npm_config_yes: "true" })).toEqual([]);
});
