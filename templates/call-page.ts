import { configFolder, type ServiceFile } from "../model/service";
import { callPath } from "../page/link";
import { lines } from "./emit";

/** MIME type of each file of the call page. */
const types = {
  "call.html": "text/html",
  "call.css": "text/css",
  "call.js": "text/javascript",
  "call.svg": "image/svg+xml",
} as const;

export type CallPageFile = keyof typeof types;

export const callPageFiles = Object.keys(types) as CallPageFile[];

/** Content of the call page: a page that joins a room from a browser. Nothing in it is secret. */
export type CallPage = Readonly<Record<CallPageFile, string>>;

/**
 * What a browser is to refuse the page. It runs its own script alone, makes none out of text, speaks to the server that
 * it came from and to no other, and stands in nobody's frame.
 */
const contentPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const headers: Readonly<Record<string, string>> = {
  "Content-Security-Policy": contentPolicy,
  "Permissions-Policy": "camera=(self), microphone=(self), display-capture=(), geolocation=()",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  // Asked for again each time: the next start may bring another.
  "Cache-Control": "no-cache",
};

/** nginx's workers read the page as nobody. */
export function callPageServiceFiles(page: CallPage): ServiceFile[] {
  return callPageFiles.map((name) => ({ path: callPageFilePath(name), content: page[name], readableByAll: true }));
}

/**
 * Renders the locations of the call page. Each file is named: keys lie in the same folder. All other paths stay LiveKit's.
 * @param inherited `add_header` lines of the server: a location that has its own inherits none
 */
export function renderCallPage(inherited: string): string {
  const files = callPageFiles.map(
    (name) => `      location = ${callPath}${name} { default_type ${types[name]}; alias ${callPageFilePath(name)}; }`,
  );
  return lines(
    "",
    `    location = ${callPath.slice(0, -1)} { absolute_redirect off; return 308 ${callPath}; }`,
    `    location ${callPath} {`,
    inherited.trimEnd() || undefined,
    ...Object.entries(headers).map(([name, value]) => `      add_header ${name} "${value}" always;`),
    "      charset utf-8;",
    `      location = ${callPath} { rewrite ^ ${callPath}call.html last; }`,
    ...files,
    "      return 404;",
    "    }",
  );
}

/** Where nginx has a file of the page. */
export function callPageFilePath(name: CallPageFile): string {
  return `${configFolder}/${name}`;
}
