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

const callPageFiles = Object.keys(types) as CallPageFile[];

/** Content of the call page: a page that joins a room from a browser. Nothing in it is secret. */
export type CallPage = Readonly<Record<CallPageFile, string>>;

/**
 * Content Security Policy of the call page. The page runs only its own script, creates no script from text (Trusted
 * Types), connects only to its own origin, and can't be framed.
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
  // Makes browsers revalidate at each visit, because the next `npm start` may deploy another version.
  "Cache-Control": "no-cache",
};

/** Returns the call page's files. All users can read them, because nginx's workers run as `nobody`. */
export function callPageServiceFiles(page: CallPage): ServiceFile[] {
  return callPageFiles.map((name) => ({ path: callPageFilePath(name), render: () => page[name], readableByAll: true }));
}

/**
 * Renders nginx's locations for the call page. It lists each file instead of the folder, because private keys are in
 * the same folder. LiveKit serves all other paths.
 * @param inherited `add_header` lines of the server block, which nginx does not inherit in a location that has its own
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

/** Returns the path of a page's file in nginx's container. */
export function callPageFilePath(name: CallPageFile): string {
  return `${configFolder}/${name}`;
}
