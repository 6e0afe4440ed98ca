import type { MachineOptions } from "./machine";

/** Returns options for a test machine: the first node of a stack in Frankfurt, which accepts HTTPS. */
export function trialMachine(image: string, userData = ""): MachineOptions {
  return {
    name: "euc1-1",
    image,
    userData,
    instanceId: "i-0123456789abcdef0",
    instanceType: "c7i.large",
    imageId: "ami-0123456789abcdef0",
    region: "eu-central-1",
    zone: "eu-central-1a",
    network: "10.20.0.0/16",
    subnet: "10.20.0.0/19",
    privateAddress: "10.20.0.4",
    publicAddress: "198.51.100.4",
    role: "euc1-1",
    metadataHops: 1,
    ingress: [{ protocol: "tcp", first: 443, last: 443, cidrs: ["0.0.0.0/0"] }],
  };
}
