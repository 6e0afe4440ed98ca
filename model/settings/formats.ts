import { domainToUnicode } from "node:url";
import ipaddr from "ipaddr.js";
import { z } from "zod";
import { parseImageReference } from "../images";
import { formatPorts, type PortSpan } from "../ports/table";

export const maxPort = 65535;
export const text = z.string({ error: "must be a string" }).describe("a string");

/**
 * Schema for text in an object. `pulumi config set --path` stores digits, true and false as a number or a boolean,
 * which this schema converts back.
 */
export const memberText = z.preprocess(asText, text).meta({ description: "a string", examples: ["video"] });

/** Adds the description of a member of a key, for the documents. The schema's `description` lists the allowed values. */
export const withTitle = <S extends z.ZodType>(title: string, schema: S): S => schema.meta({ title });

/** Parses a quoted number or boolean. The engine quotes values when it copies a stack's configuration. */
function unquoted(value: unknown): unknown {
  return typeof value === "string" && /^(-?(0|[1-9]\d*)(\.\d+)?|true|false)$/.test(value) ? JSON.parse(value) : value;
}

export const flag = z
  .preprocess(unquoted, z.boolean({ error: "must be true or false" }))
  .meta({ description: "`true`, `false`", examples: [true] });

export const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, { error: `must be one of ${values.join(", ")}` });

const number = (first: number, last: number, what: string) =>
  z
    .number({ error: `must be ${what}` })
    .min(first, `must be from ${first} to ${last}`)
    .max(last, `must be from ${first} to ${last}`);

export const degrees = (limit: number) =>
  z
    .preprocess(unquoted, number(-limit, limit, "a number"))
    .meta({ description: `-${limit} to ${limit} degrees`, examples: [0] });

export const integer = (first: number, last: number) =>
  z
    .preprocess(unquoted, number(first, last, "a whole number").int("must be a whole number"))
    .meta({ description: `${first} to ${last}`, examples: [Math.max(first, 1)] });

/** Converts a number or a boolean back to the text that the user typed after `config set --path`. */
function asText(value: unknown): unknown {
  return Number.isSafeInteger(value) || typeof value === "boolean" ? String(value) : value;
}

/**
 * Creates a schema for text that matches a pattern. `what` describes the text and ends with an example, unless
 * `example` is given.
 */
export const form = (pattern: RegExp, what: string, example = what.split(" ").at(-1)) =>
  z.preprocess(asText, text.regex(pattern, `must be ${what}`)).meta({ description: what, examples: [example] });

/** `443` or `50000-50100`, as a number or as text. */
export const portOrRange = z
  .union([z.number(), z.string()], { error: "must be a port or a range" })
  .transform(toPortSpan)
  .describe("a port such as 443, or a range such as 50000-50100");

function toPortSpan(value: number | string, context: z.RefinementCtx): PortSpan {
  const match = /^(0|[1-9]\d*)(?:-([1-9]\d*))?$/.exec(String(value));
  const invalid = (message: string): PortSpan => {
    context.addIssue({ code: "custom", message });
    return { first: 0, last: 0 };
  };
  if (!match) return invalid("must be a port such as 443 or a range such as 50000-50100, without a protocol");
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  if (first < 1 || last > maxPort) return invalid(`must lie within 1-${maxPort}`);
  if (first > last)
    return invalid(`must start with the lower port; did you mean ${formatPorts({ first: last, last: first })}`);
  return { first, last };
}

/** Maximum length of a stack's name prefix. */
export const mostPrefix = 32;

/** Prefix of the names of containers, networks and volumes. Follows Docker's rule, with room for suffixes. */
export const identifier = form(
  new RegExp(`^[a-z0-9][a-z0-9-]{0,${mostPrefix - 2}}[a-z0-9]$`),
  `2 to ${mostPrefix} lowercase letters, digits and hyphens, with a letter or digit at both ends`,
);

/** A DNS name of at least two labels (RFC 1123), in lower case and without a trailing dot. */
export const dnsName = text
  .superRefine((value, context) => {
    const message = dnsNameError(value);
    if (message) context.addIssue({ code: "custom", message });
  })
  .describe("a domain name of at least two labels, such as example.com");

function dnsNameError(value: string): string | undefined {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(value)) return "must be a bare domain name, without a scheme";
  if (value.includes("/")) return "must be a bare domain name, without a path";
  if (ipaddr.isValid(value)) return "must be a domain name, not an address";
  if (value.length > 253) return "must have at most 253 characters";
  const labels = value.split(".");
  if (labels.length < 2) return "must have at least two labels, such as example.com";
  const wrong = labels.find((label) => !/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label));
  if (wrong !== undefined) {
    return `must have only lowercase letters, digits and inner hyphens; the label "${wrong}" does not`;
  }
  // The URL standard parses a name whose last label is digits as an IPv4 address.
  if (!URL.canParse(`https://${value}`) || labels.some(isUndecodable))
    return "must be valid in a URL: the last label must not be a number, and xn-- labels must be valid";
  return undefined;
}

/**
 * Reports whether a label starts with `xn--` but encodes no valid Unicode. Node 24 decodes such a label to itself and
 * accepts it in a URL. Older versions of Node, and older browsers, reject it.
 */
function isUndecodable(label: string): boolean {
  return label.startsWith("xn--") && /^(xn--|$)/.test(domainToUnicode(label));
}

/** Reports whether the text is an IPv4 address without leading zeros. Some programs parse leading zeros as octal. */
function isAddress(value: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(value) && ipaddr.IPv4.parse(value).toString() === value;
}

/** A single IPv4 address, because LiveKit advertises exactly one. */
export const address = text
  .refine(
    (value) =>
      isAddress(value) && !["unspecified", "broadcast", "multicast"].includes(ipaddr.IPv4.parse(value).range()),
    "must be one IPv4 address that clients can reach",
  )
  .describe("one IPv4 address that clients can reach");

/** An IPv4 network without host bits. */
export const cidr = text
  .superRefine((value, context) => {
    const message = cidrError(value);
    if (message) context.addIssue({ code: "custom", message });
  })
  .meta({ description: "an IPv4 network such as 10.0.0.0/16", examples: ["10.0.0.0/16"] });

function cidrError(value: string): string | undefined {
  const [host = "", bits = ""] = value.split("/");
  if (!isAddress(host) || !/^(0|[1-9]\d?)$/.test(bits) || !ipaddr.IPv4.isValidCIDR(value)) {
    return "must be an IPv4 network such as 10.0.0.0/16, without leading zeros";
  }
  const network = ipaddr.IPv4.networkAddressFromCIDR(value).toString();
  return network === host ? undefined : `must not have host bits set; the network is ${network}/${bits}`;
}

/** `host:port`, LiveKit's format for Redis addresses. */
export const hostPort = text
  .refine(isHostPort, "must be host:port, not a URL, with a port from 1 to 65535")
  .meta({ description: "host:port, not a URL", examples: ["redis.example.com:6379"] });

function isHostPort(value: string): boolean {
  const [, host = "", port] = /^([A-Za-z0-9.-]+):([1-9]\d{0,4})$/.exec(value) ?? [];
  return host !== "" && Number(port) <= maxPort && (!/^[\d.]+$/.test(host) || isAddress(host));
}

/**
 * Schema for PEM certificates. Rejects a private key, which Pulumi would store in plain text. The example starts with
 * `--`, so that the command does not parse the dashes of the PEM text as a flag.
 */
export const certificates = form(
  /^(\s*-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----)+\s*$/,
  "PEM certificates without a private key",
  '-- "$(cat ca.pem)"',
);

/** URL for LiveKit's webhooks. LiveKit's client supports only HTTP and HTTPS. */
export const webhookUrl = url(/^https?$/, "an http or https URL", "https://app.example.com/livekit");

export const httpsUrl = url(/^https$/, "an https URL", "https://acme.example.com/directory");

function url(protocol: RegExp, what: string, example: string) {
  return z
    .url({ protocol, error: `must be ${what}` })
    .refine(isUnambiguous, `must be ${what}, with a port of at least 1 and an address without leading zeros`)
    .meta({ description: what, examples: [example] });
}

/**
 * Reports whether all parsers agree on the URL. The URL standard parses 010.0.0.1 as 8.0.0.1, but Go treats it as a
 * name.
 */
function isUnambiguous(text: string): boolean {
  if (!URL.canParse(text)) return true;
  const { hostname, port } = new URL(text);
  return port !== "0" && (!ipaddr.IPv4.isValid(hostname) || text.includes(hostname));
}

export const email = z
  .email("must be an e-mail address")
  .meta({ description: "an e-mail address", examples: ["ops@example.com"] });

/** A pinned image: `repository:version`, `repository@sha256:…` or both in one. `latest` is rejected. */
export const imageReference = text
  .superRefine((value, context) => {
    const message = imageReferenceError(value);
    if (message) context.addIssue({ code: "custom", message });
  })
  .describe("repository:version, repository@sha256:digest or repository:version@sha256:digest; not latest");

function imageReferenceError(value: string): string | undefined {
  const { tag, digest } = parseImageReference(value) ?? {};
  if (!tag && !digest)
    return "must be repository:version, repository@sha256:digest or repository:version@sha256:digest";
  return tag === "latest" && !digest ? "must be a pinned version, not latest" : undefined;
}
