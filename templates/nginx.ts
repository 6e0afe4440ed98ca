import { type Fleet, type FleetNode, scrapePaths } from "../model/fleet";
import { perAddress, workerConnections, workerOpenFiles } from "../model/limits";
import { isApiBehindNginx } from "../model/ports/binding";
import { monitoringPorts } from "../model/ports/internal";
import { renderCallPage } from "./call-page";
import { type CertificatePaths, tlsCiphers } from "./coturn";
import { lines } from "./emit";

/**
 * Limit in seconds for an idle connection, and for old workers after a reload. Calls of up to a day keep their
 * WebSocket.
 */
const webSocketSeconds = 86_400;

/**
 * Limit in seconds for a connection on which nginx waits for the client: for the ClientHello, for the TLS handshake and
 * the request's header together, and for the next part of a body. nginx has no separate limit for the handshake:
 * `client_header_timeout` starts when `http` gets the connection.
 */
const silentSeconds = 15;

/** Limit in seconds for a connection without a request after its last one, so that clients rarely repeat the handshake. */
const keepaliveSeconds = 30;

/**
 * Sockets between the ports of `stream` and the servers of `http`, in the container's own /tmp. `pass` hands a
 * connection over without connecting to them.
 */
const sockets = {
  https: "unix:/tmp/https.sock",
  turn: "unix:/tmp/turn.sock",
  api: "unix:/tmp/api.sock",
  metrics: "unix:/tmp/metrics.sock",
} as const;

/**
 * Reports whether nginx needs root to bind its port. On a bridge, Docker lets any user bind ports below 1024. On the
 * host network, only root can bind ports below `firstUnprivilegedPort`.
 */
export function bindsAsRoot({ ports }: Fleet, { network, firstUnprivilegedPort }: FleetNode): boolean {
  return network === "host" && ports.https.first < firstUnprivilegedPort;
}

/**
 * Renders nginx.conf: HTTPS for LiveKit, load balancing across its servers, and, if TURN has its own DNS name, TURN/TLS
 * by SNI.
 * @param withCallPage whether HTTPS also serves the call page
 */
export function renderNginx(fleet: Fleet, node: FleetNode, tls: CertificatePaths, withCallPage = false): string {
  return lines(
    "# Debian's modules are loaded from here; the official image has them built in.",
    "include /etc/nginx/modules-enabled/*.conf;",
    "worker_processes auto;",
    bindsAsRoot(fleet, node) ? "user nobody nogroup;" : undefined,
    "pid /tmp/nginx.pid;",
    "error_log stderr warn;",
    `worker_shutdown_timeout ${webSocketSeconds}s;`,
    `worker_rlimit_nofile ${workerOpenFiles};`,
    `events { worker_connections ${workerConnections}; }`,
    stream(fleet, node),
    http(fleet, node, tls, withCallPage),
  ).trimStart();
}

/**
 * Renders the entry of all ports. Only `stream` counts connections without a request: in `http`, `limit_conn` counts
 * requests. `pass` then hands the connection itself to `http`, with the client's address, and it stays counted until it
 * closes. A reload closes connections whose first bytes have not arrived yet; their clients connect again.
 */
function stream(fleet: Fleet, node: FleetNode): string {
  const { https, api } = fleet.ports;
  return lines(
    "stream {",
    "  limit_conn_zone $binary_remote_addr zone=streams:10m;",
    node.turnBySni ? turnBySni(fleet, node) : entry(https.first, sockets.https),
    isApiBehindNginx(node) ? entry(api.first, sockets.api) : undefined,
    node.scrapePort === undefined ? undefined : entry(node.scrapePort, sockets.metrics),
    "}",
  ).trimEnd();
}

function entry(port: number, target: string, ...settings: readonly string[]): string {
  return lines(
    "  server {",
    `    listen ${port};`,
    `    limit_conn streams ${perAddress.streamConnections};`,
    settings.map((setting) => `    ${setting};`),
    `    pass ${target};`,
    "  }",
  ).trimEnd();
}

/** Routes the HTTPS port by SNI: TURN to Coturn's TLS port, everything else to HTTPS. */
function turnBySni({ ports }: Fleet, node: FleetNode): string {
  const coturn = node.network === "host" ? "127.0.0.1" : "coturn";
  return `  map $ssl_preread_server_name $behind {
${turnNames(node)
  .map((name) => `    ${name} ${sockets.turn};`)
  .join("\n")}
    default ${sockets.https};
  }
${entry(ports.https.first, "$behind", "ssl_preread on", `preread_timeout ${silentSeconds}s`)}
  server {
    listen ${sockets.turn};
    proxy_connect_timeout 5s;
    proxy_timeout ${webSocketSeconds}s;
    proxy_pass ${coturn}:${ports.turnTls.first};
  }`;
}

function turnNames({ turnRealm, turnName }: FleetNode): string[] {
  return [...new Set([turnRealm, turnName])];
}

function http(fleet: Fleet, node: FleetNode, tls: CertificatePaths, withCallPage: boolean): string {
  return `http {
  # access_token travels in the query: log the path alone. Errors of a request always quote its query, so they are left
  # out; the status, LiveKit's own and where it was asked are here.
  log_format path '$remote_addr [$time_local] "$request_method $uri $server_protocol" $status $body_bytes_sent '
                  '$upstream_addr $upstream_status';
  access_log /dev/stdout path;
  error_log stderr emerg;
  server_tokens off;
  client_header_timeout ${silentSeconds}s;
  client_body_timeout ${silentSeconds}s;
  keepalive_timeout ${keepaliveSeconds}s;
  reset_timedout_connection on;
  client_body_temp_path /tmp/body;
  proxy_temp_path /tmp/proxy;
  fastcgi_temp_path /tmp/fastcgi;
  uwsgi_temp_path /tmp/uwsgi;
  scgi_temp_path /tmp/scgi;

  map $http_upgrade $connection_upgrade {
    default upgrade;
    "" "";
  }
  limit_conn_zone $binary_remote_addr zone=connections:10m;
  limit_req_zone $binary_remote_addr zone=requests:10m rate=${perAddress.requestsPerSecond}r/s;
  limit_conn_status 429;
  limit_req_status 429;

  upstream livekit {
    least_conn;
${node.servers.map((server) => `    server ${apiHost(node, server.name)}:${server.apiPort} max_fails=1 fail_timeout=2s;`).join("\n")}
    keepalive 32;
  }

  server {
    listen ${sockets.https} ssl;
    http2 on;
    server_name ${node.apiName} _;
${secured(tls)}
${strictTransport(fleet)}${location()}${withCallPage ? renderCallPage(strictTransport(fleet)) : ""}
  }
${isApiBehindNginx(node) ? `\n  server {\n    listen ${sockets.api};\n    server_name _;\n${location()}\n  }\n` : ""}${metricsServer(node, tls)}}`;
}

function secured({ certificate, key }: CertificatePaths): string {
  return `    ssl_certificate ${certificate};
    ssl_certificate_key ${key};
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_ciphers ${tlsCiphers};
    ssl_prefer_server_ciphers off;
    ssl_session_cache shared:tls:10m;
    ssl_session_tickets off;`;
}

/**
 * Renders the nginx server block through which an external Prometheus reads metrics. LiveKit and the exporter check the
 * password themselves.
 */
function metricsServer({ servers: [{ metricsPort }], scrapePort }: FleetNode, tls: CertificatePaths): string {
  if (scrapePort === undefined) return "";
  const path = (name: string, port: number | undefined) =>
    `    location = ${name} { proxy_pass http://127.0.0.1:${port}/metrics; }`;
  return `
  server {
    listen ${sockets.metrics} ssl;
    server_name _;
${secured(tls)}
    limit_conn connections ${perAddress.connections};
    limit_req zone=requests burst=${perAddress.requestBurst} nodelay;
    access_log off;
${path(scrapePaths.livekit, metricsPort)}
${path(scrapePaths.node, monitoringPorts.nodeExporter)}
    location / { return 404; }
  }
`;
}

/**
 * Renders the HSTS header if the stack has a domain. For localhost, it would make browsers reject plain HTTP on all
 * other ports.
 */
function strictTransport({ settings }: Fleet): string {
  return settings.domain === undefined ? "" : '    add_header Strict-Transport-Security "max-age=63072000" always;\n';
}

function apiHost(node: FleetNode, name: string): string {
  return node.network === "host" ? "127.0.0.1" : name;
}

/** Renders LiveKit's location. LiveKit trusts the address headers, so nginx overwrites the client's values. */
function location(): string {
  return `
    limit_conn connections ${perAddress.connections};
    limit_req zone=requests burst=${perAddress.requestBurst} nodelay;
    client_max_body_size 10m;

    location / {
      proxy_pass http://livekit;
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_set_header Host $host;
      proxy_set_header X-Real-IP $remote_addr;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header CF-Connecting-IP "";
      proxy_buffering off;
      proxy_request_buffering off;
      proxy_read_timeout ${webSocketSeconds}s;
      proxy_send_timeout ${webSocketSeconds}s;
    }`;
}
