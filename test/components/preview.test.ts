import { join } from "node:path";
import { registerAws } from "../support/aws-stack";
import { golden, readGolden } from "../support/golden";
import { pullRequest } from "../support/preview";
import { stackFileValues, testSecrets } from "../support/settings";

const example = stackFileValues(join(__dirname, "../../Pulumi.prod.yaml"));
const before = readGolden("prod");

/** Returns the example's resources with these settings. */
const after = async (values: typeof example) => golden(await registerAws({ ...example, ...values }));

test("the preview comment begins with a port that a change opens", async () => {
  const { lines, impact } = pullRequest(before, await after({ apiIngress: "world" }));
  expect(lines[0]).toBe("- **Opens to the world: 7880/tcp, LiveKit: HTTP API, WebSocket (eu-central-1)**");
  // 0.0.0.0/0 includes the network that had access before, so no client loses access.
  expect(impact.ports.closed).toEqual([]);
});

test("the preview comment of a secret rotation begins with the rotation and contains no secret", async () => {
  const rotated = {
    apiKey: "APIrotated",
    apiSecret: "rotated-secret-0123456789abcdef012345",
    turnSecret: "rotated-turn-0123456789abcdef01234567",
  };
  const rotating = await after({
    ...rotated,
    previousApiKey: testSecrets["apiKey"] ?? "",
    previousApiSecret: testSecrets["apiSecret"] ?? "",
    previousTurnSecret: testSecrets["turnSecret"] ?? "",
  });
  const begins = pullRequest(before, rotating);
  const ends = pullRequest(rotating, before);
  expect(begins.lines[0]).toMatch(/^- \*\*Rotates secrets: .* stay valid until the rotation is finished\*\*$/);
  expect(begins.lines[1]).toContain("LiveKit drains: no new rooms for up to 1800 s");
  expect(begins.impact.services).toContainEqual(
    expect.objectContaining({ service: "coturn", action: "follows", because: "turn-secrets" }),
  );
  expect(ends.lines[0]).toMatch(/^- \*\*Finishes the rotation of secrets: .* are rejected from then on\*\*$/);
  for (const secret of [...Object.values(testSecrets), ...Object.values(rotated)]) {
    expect(begins.printed + ends.printed).not.toContain(secret);
  }
});

test("the preview reports that a changed nginx image restarts only nginx and interrupts no media", async () => {
  const { impact } = pullRequest(before, await after({ images: '{"nginx": "nginx:1.31.0"}' }));
  expect(impact.services).toEqual([
    { where: "euc1-1", service: "nginx", action: "restarts", because: "image nginx:1.31.0" },
  ]);
  expect(impact.calls).toEqual([
    {
      where: "euc1-1",
      impact: "unaffected",
      event: { service: "nginx" },
      description: "nginx restarts: signalling is cut and connects again, media goes on",
    },
  ]);
});
