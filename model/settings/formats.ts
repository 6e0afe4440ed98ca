import ipaddr from "ipaddr.js";
import { z } from "zod";
import { parseImageReference } from "../images";
import { formatPorts } from "../ports";

/** Ports from first to last, both counted. */
export interface PortSpan {
  readonly first: number;
  readonly last: number;
}

const maxPort = 65535;
export const text = z.string({ error: "must be text" }).describe("text");
export const flag = z.boolean({ error: "must be true or false" });

export const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, { error: `must be one of ${values.join(", ")}` });

export const integer = (first: number, last: number) =>
  z
    .number({ error: "must be a whole number" })
    .int("must be a whole number")
    .min(first, `must be from ${first} to ${last}`)
    .max(last, `must be from ${first} to ${last}`)
    .describe(`${first} to ${last}`);

/** Text of a form, `what` in words. */
export const form = (pattern: RegExp, what: string) => text.regex(pattern, `must be ${what}`).describe(what);

/** `443` or `50000-50100`, as a number or as text. */
export const portOrRange = z
  .union([z.number(), z.string()], { error: "must be a port or a range" })
  .transform(toPortSpan)
  .describe("a port such as 443, or a range such as 50000-50100");

function toPortSpan(value: number | string, context: z.RefinementCtx): PortSpan {
  const match = /^(\d+)(?:-(\d+))?$/.exec(String(value));
  const refuse = (message: string): PortSpan => {
    context.addIssue({ code: "custom", message });
    return { first: 0, last: 0 };
  };
  if (!match) return refuse("must be a port such as 443 or a range such as 50000-50100, without a protocol");
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  if (first < 1 || last > maxPort) return refuse(`must lie within 1-${maxPort}`);
  if (first > last)
    return refuse(`must not start above its end; did you mean ${formatPorts({ first: last, last: first })}`);
  return { first, last };
}

/** Starts names of containers, networks and volumes. Docker's own rule, kept short enough for the suffixes. */
export const identifier = form(
  /^[a-z0-9][a-z0-9-]{0,30}[a-z0-9]$/,
  "2 to 32 lower-case letters, digits and dashes, with a letter or digit at both ends",
);

/** A DNS name of at least two labels (RFC 1123), lower case and without a trailing dot. */
export const dnsName = text
  .superRefine((value, context) => {
    const message = dnsNameFault(value);
    if (message) context.addIssue({ code: "custom", message });
  })
  .describe("a domain name of two labels and more, such as example.com");

function dnsNameFault(value: string): string | undefined {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(value)) return "must be a bare domain name, without a scheme";
  if (value.includes("/")) return "must be a bare domain name, without a path";
  if (ipaddr.isValid(value)) return "must be a domain name, not an address";
  if (value.length > 253) return "must have at most 253 characters";
  const labels = value.split(".");
  if (labels.length < 2) return "must have at least two labels, such as example.com";
  const wrong = labels.find((label) => !/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label));
  if (wrong !== undefined) {
    return `must consist of lower-case letters, digits and inner dashes; the label "${wrong}" does not`;
  }
  return undefined;
}

/** A single IPv4 address: LiveKit advertises exactly one. */
export const address = text
  .refine(
    (value) =>
      ipaddr.IPv4.isValidFourPartDecimal(value) &&
      !["unspecified", "broadcast", "multicast"].includes(ipaddr.IPv4.parse(value).range()),
    "must be one IPv4 address that clients can reach",
  )
  .describe("one IPv4 address that clients can reach");

/** An IPv4 network without host bits. */
export const cidr = text
  .superRefine((value, context) => {
    const message = cidrFault(value);
    if (message) context.addIssue({ code: "custom", message });
  })
  .describe("an IPv4 network such as 10.0.0.0/16");

function cidrFault(value: string): string | undefined {
  if (!ipaddr.IPv4.isValidCIDR(value)) return "must be an IPv4 network such as 10.0.0.0/16";
  const network = ipaddr.IPv4.networkAddressFromCIDR(value).toString();
  const [host, bits] = value.split("/");
  return network === host ? undefined : `must not have host bits set; the network is ${network}/${bits}`;
}

/** `host:port`, as LiveKit wants Redis. */
export const hostPort = form(/^[A-Za-z0-9.-]+:\d{1,5}$/, "host:port, not a URL");

export const url = z.url("must be a URL").describe("a URL");

export const httpsUrl = z.url({ protocol: /^https$/, error: "must be an https URL" }).describe("an https URL");

export const email = z.email("must be an e-mail address").describe("an e-mail address");

/** A pinned image: `repository:version`, `repository@sha256:…` or both in one; never `latest`. */
export const imageReference = text
  .superRefine((value, context) => {
    const message = imageReferenceFault(value);
    if (message) context.addIssue({ code: "custom", message });
  })
  .describe("repository:version, repository@sha256:digest or both in one; not latest");

function imageReferenceFault(value: string): string | undefined {
  const { tag, digest } = parseImageReference(value) ?? {};
  if (!tag && !digest)
    return "must be repository:version, repository@sha256:digest or repository:version@sha256:digest";
  return tag === "latest" && !digest ? "must be a pinned version, not latest" : undefined;
}
