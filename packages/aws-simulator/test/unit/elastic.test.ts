import { nextAddress } from "../../network/elastic";

test("allocates the first free Elastic IP", () => {
  expect(nextAddress([])).toBe("198.51.100.1");
  expect(nextAddress(["198.51.100.1", "198.51.100.3"])).toBe("198.51.100.2");
});

test("allocating an Elastic IP fails if all usable addresses of the network are taken", () => {
  expect(() => nextAddress(["192.0.2.1", "192.0.2.2"], "192.0.2.0/30")).toThrow(
    "All addresses of 192.0.2.0/30 are taken: release one of the 2 first",
  );
});
