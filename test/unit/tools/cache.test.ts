import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inputsKey } from "../../../images/inputs";
import { cached, cacheFolder, locked } from "../../../stacks/cache";
import { useEmptyCache } from "./fake-machine";

useEmptyCache();

const write = (text: string) => async (folder: string) => writeFileSync(join(folder, "file"), text);

describe("the cache key of a build's inputs", () => {
  it("depends on the inputs' names and contents, not on their order", () => {
    const key = inputsKey({ a: "1", b: "2" });
    expect(key).toMatch(/^[0-9a-f]{12}$/);
    expect(inputsKey({ b: "2", a: "1" })).toBe(key);
    expect(inputsKey({ a: "1", b: "3" })).not.toBe(key);
    expect(inputsKey({ a: "1", c: "2" })).not.toBe(key);
  });

  it("differs if a character moves from an input's name to the input's content", () => {
    expect(inputsKey({ ab: "c" })).not.toBe(inputsKey({ a: "bc" }));
    expect(inputsKey({ a: "b", c: "d" })).not.toBe(inputsKey({ a: "bcd" }));
  });
});

describe("a cached build", () => {
  it("runs once for the same inputs, and again for other inputs", async () => {
    const make = jest.fn(write("made"));
    const first = await cached("tool", { version: "1" }, make);
    expect(await cached("tool", { version: "1" }, make)).toBe(first);
    expect(await cached("tool", { version: "2" }, make)).not.toBe(first);
    expect(make).toHaveBeenCalledTimes(2);
    expect(readFileSync(join(first, "file"), "utf8")).toBe("made");
  });

  it("leaves no files if it fails", async () => {
    const failing = async (folder: string) => {
      await write("half")(folder);
      throw new Error("broken");
    };
    await expect(cached("tool", {}, failing)).rejects.toThrow("broken");
    const folder = await cached("tool", {}, async (partial) => expect(readdirSync(partial)).toEqual([]));
    expect(existsSync(folder)).toBe(true);
  });

  it("runs in one of several processes; the other processes wait and report the wait", async () => {
    const said: string[] = [];
    const make = jest.fn(write("made"));
    const runs = [1, 2, 3].map(() => cached("tool", {}, make, (line) => said.push(line)));
    expect(new Set(await Promise.all(runs)).size).toBe(1);
    expect(make).toHaveBeenCalledTimes(1);
    expect(said).toContainEqual(expect.stringContaining("waiting for tool-"));
    expect(readdirSync(cacheFolder())).toHaveLength(1);
  });
});

it("tasks that use the same lock name run one after the other", async () => {
  let running = 0;
  const work = async () => {
    expect(++running).toBe(1);
    await new Promise((resolve) => setImmediate(resolve));
    running--;
  };
  await Promise.all([locked("work", work), locked("work", work), locked("other", async () => {})]);
});
