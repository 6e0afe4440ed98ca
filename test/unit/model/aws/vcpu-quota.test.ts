import { countedSizes, typesOf, vcpuQuotaOf, vcpusOfType } from "../../../../model/aws/vcpu-quota";

test.each([
  ["c7i.large", "L-1216C47A"],
  ["im4gn.xlarge", "L-1216C47A"],
  ["t4g.small", "L-1216C47A"],
  ["trn1.2xlarge", "L-2C3B7624"],
  ["inf2.xlarge", "L-1945791B"],
  // No quota for hpc types: they have half the vCPUs of other types of their size, so the check would wrongly reject
  // nodes.
  ["hpc7a.12xlarge", undefined],
  ["g6.xlarge", "L-DB2E81BA"],
  ["x2gd.medium", "L-7295265B"],
  ["mac2.metal", undefined],
  ["u-6tb1.112xlarge", undefined],
])("the lookup of the vCPU quota for %s returns the code %s", (type, code) =>
  expect(vcpuQuotaOf(type)?.code).toBe(code),
);

test.each([
  ["t3.nano", 1],
  ["c7g.medium", 1],
  ["c7i.large", 2],
  ["c7i.xlarge", 4],
  ["m7i.12xlarge", 48],
  ["c8i.96xlarge", 384],
  ["c7i.metal-24xl", 96],
  ["c5.metal", 1],
])("%s has at least %d vCPU(s)", (type, vcpus) => expect(vcpusOfType(type)).toBe(vcpus));

test("the DescribeInstances filter matches only the instance types of one size that count towards the quota", () => {
  const standard = vcpuQuotaOf("c7i.large");
  const values = standard ? typesOf(standard, "24xlarge") : [];
  expect(values.length).toBeLessThanOrEqual(200);
  const isTaken = (type: string) =>
    values.some((value) => RegExp(`^${value.replaceAll(".", "\\.").replaceAll("*", ".*")}$`).test(type));
  expect(["c7i.24xlarge", "d3en.24xlarge", "z1d.24xlarge"].filter(isTaken)).toHaveLength(3);
  expect(["c7i.2xlarge", "dl1.24xlarge", "p4d.24xlarge", "inf1.24xlarge", "hpc7a.24xlarge"].filter(isTaken)).toEqual(
    [],
  );
});

test("countedSizes lists each instance size once", () => expect(new Set(countedSizes).size).toBe(countedSizes.length));
