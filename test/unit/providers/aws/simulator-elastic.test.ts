import { nextAddress } from "../../../../packages/aws-simulator/network/elastic";

test("the next Elastic IP is the first that nobody has", () => {
  expect(nextAddress([])).toBe("198.51.100.1");
  expect(nextAddress(["198.51.100.1", "198.51.100.3"])).toBe("198.51.100.2");
});

test("addresses come to an end before that of the whole network", () => {
  expect(() => nextAddress(["192.0.2.1", "192.0.2.2"], "192.0.2.0/30")).toThrow(
    "All addresses of 192.0.2.0/30 are taken: release one of the 2 first",
  );
});
