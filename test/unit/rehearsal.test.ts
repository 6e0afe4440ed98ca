import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { shellFile } from "../../scripts/rehearsal/environment";
import { Home } from "../../scripts/rehearsal/home";
import { imagesOfAccount, overridesOf } from "../../scripts/rehearsal/overrides";
import { renderVerdict } from "../../scripts/rehearsal/verdict";
import { projectFolder } from "../../stacks/env";
import { configureAws, testRegion } from "../support/settings";

const directoryUrl = "https://198.18.0.1:14000/dir";

function overrides(plain: boolean, instanceType = "c7i.large") {
  const { settings } = configureAws({ regions: JSON.stringify([{ ...testRegion, instanceType }]) });
  return overridesOf({ settings, directoryUrl, imageSource: "registry", plain });
}

describe("what a rehearsal changes", () => {
  test("is the authority, the image and the credentials; each with its reason", () => {
    expect(overrides(false).map(({ path }) => path.join("."))).toEqual([
      "livekit:acme.directoryUrl",
      "livekit:regions.0.amiId",
      "aws:profile",
    ]);
    for (const { why } of overrides(false)) expect(why).not.toBe("");
  });

  test("is also the key of webhooks: the rehearsal has keys of its own", () => {
    const settings = {
      ...configureAws().settings,
      webhooks: { urls: ["https://app.example.com"], apiKey: "APIother" },
    };
    const changed = overridesOf({ settings, directoryUrl, imageSource: "registry", plain: false });
    expect(changed).toContainEqual({ path: ["livekit:webhooks", "apiKey"], why: expect.any(String) });
  });

  test.each([
    [false, "c7i.large", "baked-amd64"],
    [false, "c7g.large", "baked-arm64"],
    [true, "c7i.large", "debian-13-amd64"],
    [true, "c7g.large", "debian-13-arm64"],
  ])("plain %s, %s: the account has the image that is named, %s", (plain, instanceType, name) => {
    const image = overrides(plain, instanceType).find(({ path }) => path.includes("amiId"))?.value;
    const offered = imagesOfAccount({ machineImage: "machine:1", bakedImage: "baked:1" });
    expect(offered.find(({ id }) => id === image)).toMatchObject({
      name: expect.stringContaining(name),
      dockerImage: plain ? "machine:1" : "baked:1",
    });
  });
});

describe("a rehearsal's folder", () => {
  let parent: string;
  let home: Home;
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), "rehearsal-home-"));
    home = Home.of("prod", parent);
    home.make(57);
  });
  afterEach(() => rmSync(parent, { recursive: true, force: true }));

  test("has the stack's own settings with the overrides; the stack's file stays as it is", () => {
    const file = join(projectFolder, "Pulumi.prod.yaml");
    const before = readFileSync(file, "utf8");
    home.writeStackFile(overrides(false));
    const { config } = parse(readFileSync(join(home.folder, "Pulumi.prod.yaml"), "utf8"));
    const own = parse(before).config;
    expect(config["livekit:domain"]).toBe(own["livekit:domain"]);
    expect(config["livekit:acme"]).toEqual({ ...own["livekit:acme"], directoryUrl });
    expect(config["livekit:regions"][0]).toEqual({
      ...own["livekit:regions"][0],
      amiId: expect.stringMatching(/^ami-/),
    });
    expect(readFileSync(file, "utf8")).toBe(before);
  });

  test("is nobody else's to read, knows its ground and goes whole", () => {
    expect(statSync(home.passphraseFile).mode & 0o777).toBe(0o600);
    expect([home.exists, Home.of("prod", parent).number]).toEqual([true, 57]);
    home.remove();
    expect(home.exists).toBe(false);
  });
});

test("a value reaches a shell as it is, whatever is in it", () => {
  const value = `it's "$HOME" \`id\``;
  const file = shellFile({ VALUE: value });
  expect(execFileSync("sh", ["-c", `${file}printf %s "$VALUE"`], { encoding: "utf8" })).toBe(value);
});

test("the verdict says what was real, what was simulated, what was not judged, and how long each part took", () => {
  const parts = [{ title: "up from nothing", seconds: 61.24, result: "57 resources" }];
  const text = renderVerdict({ stack: "prod", parts, overrides: overrides(false) });
  expect(text).toMatch(/^prod, rehearsed in 61 s/);
  expect(text).toMatch(/up from nothing.*61\.2.*57 resources/);
  expect(text).toContain("Not judged:\n  - IAM");
  expect(text).toContain("livekit:regions[0].amiId: ");
});
