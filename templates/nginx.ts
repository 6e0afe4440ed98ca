import { type Fleet, type FleetNode, scrapePaths } from "../model/fleet";
import { perAddress, workerConnections, workerOpenFiles } from "../model/limits";
import { isApiBehindNginx } from "../model/ports/binding";
import { internalPorts, monitoringPorts } from "../model/ports/internal";
import { renderCallPage } from "./call-page";
import { type CertificatePaths, tlsCiphers } from "./coturn";
import { lines } from "./emit";

/**
 * Limit in seconds for an idle connection, and for old workers after a reload. Calls of up to a day keep their
 * WebSocket.
 */
const webSocketSeconds = 86_400;

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
    node.turnBySni ? stream(fleet, node) : undefined,
    http(fleet, node, tls, withCallPage),
  ).trimStart();
}

/**
 * Routes port 443 by SNI: TURN to Coturn's TLS port, everything else to HTTPS on loopback. The PROXY protocol preserves
 * the client's address for HTTPS. Coturn does not support nginx's version of that protocol, so a second hop in nginx
 * removes it for TURN.
 */
function stream({ ports }: Fleet, node: FleetNode): string {
  const coturn = node.network === "host" ? "127.0.0.1" : "coturn";
  return `stream {
  map $ssl_preread_server_name $behind {
${turnNames(node)
  .map((name) => `    ${name} 127.0.0.1:${internalPorts.turnBehindSni};`)
  .join("\n")}
    default 127.0.0.1:${internalPorts.httpsBehindSni};
  }
  limit_conn_zone $binary_remote_addr zone=streams:10m;
  server {
    listen ${ports.https.first};
    limit_conn streams ${perAddress.streamConnections};
    ssl_preread on;
    proxy_protocol on;
    proxy_connect_timeout 5s;
    proxy_timeout ${webSocketSeconds}s;
    proxy_pass $behind;
  }
  server {
    listen 127.0.0.1:${internalPorts.turnBehindSni} proxy_protocol;
    proxy_timeout ${webSocketSeconds}s;
    proxy_pass ${coturn}:${ports.turnTls.first};
  }
}`;
}

function turnNames({ turnRealm, turnName }: FleetNode): string[] {
  return [...new Set([turnRealm, turnName])];
}

function http(fleet: Fleet, node: FleetNode, tls: CertificatePaths, withCallPage: boolean): string {
  const { ports } = fleet;
  const listen = node.turnBySni
    ? `127.0.0.1:${internalPorts.httpsBehindSni} ssl proxy_protocol;
    set_real_ip_from 127.0.0.1;
    real_ip_header proxy_protocol`
    : `${ports.https.first} ssl`;
  return `http {
  # access_token travels in the query: log the path alone. Errors of a request always quote its query, so they are left
  # out; the status, LiveKit's own and where it was asked are here.
  log_format path '$remote_addr [$time_local] "$request_method $uri $server_protocol" $status $body_bytes_sent '
                  '$upstream_addr $upstream_status';
  access_log /dev/stdout path;
  error_log stderr emerg;
  server_tokens off;
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
    listen ${listen};
    http2 on;
    server_name ${node.apiName} _;
${secured(tls)}
${strictTransport(fleet)}${location()}${withCallPage ? renderCallPage(strictTransport(fleet)) : ""}
  }
${isApiBehindNginx(node) ? `\n  server {\n    listen ${ports.api.first};\n    server_name _;\n${location()}\n  }\n` : ""}${metricsServer(node, tls)}}`;
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
    listen ${scrapePort} ssl;
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
