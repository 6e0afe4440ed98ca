import type { ConfigError } from "../../model/user-error";

const fix = "Name a stack with --stack, or a server with --url or LIVEKIT_URL, as in wss://livekit.example.com";

/** Validates a server's URL before any connection. The error hides a password in the URL. */
export function serverUrlError(text: string): ConfigError | undefined {
  const shown = text.replace(/\/\/.*@/, "//***@");
  const error = (rule: string): ConfigError => ({ key: "LIVEKIT_URL", value: shown, rule, fix });
  if (!/^wss?:\/\/[^/]/.test(text)) return error("must be a ws:// or wss:// address");
  const port = /^wss?:\/\/[^/?#]*:(\d+)(?:[/?#]|$)/.exec(text)?.[1];
  if (port !== undefined && !(Number(port) >= 1 && Number(port) <= 65_535))
    return error("must have a port from 1 to 65535");
  if (!URL.canParse(text)) return error("must be a valid URL");
  const { username, password, hash } = new URL(text);
  if (username || password) return error("must have no user name: LiveKit takes tokens");
  return hash ? error("must have no fragment (#)") : undefined;
}

/** Appends a request's path and query to the server's URL. A proxy may serve LiveKit below a path. */
export function joinServerUrl(server: string, request: string): URL {
  const url = new URL(server);
  const requested = new URL(request, url.origin);
  url.pathname = url.pathname.replace(/\/$/, "") + requested.pathname;
  for (const [name, value] of requested.searchParams) url.searchParams.append(name, value);
  return url;
}
