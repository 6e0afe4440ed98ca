import type { AwsPlan } from "../../model/aws/plan";
import { networksOverlap } from "../../model/cidr";
import type { Fleet, FleetNode } from "../../model/fleet";
import { internalPorts, monitoringPorts, redisRow } from "../../model/ports/internal";
import { formatPorts, portNames } from "../../model/ports/table";
import { logLimits } from "../../model/service";
import { lines } from "../emit";
import { renderFirewall } from "./firewall";
import { nodePaths } from "./paths";

/** Debian packages of a node. The agent installs missing ones. */
export const nodePackages = [
  // Without this package, which Docker only recommends, containers run without an AppArmor profile.
  "apparmor",
  "ca-certificates",
  "chrony",
  "docker-cli",
  "docker-compose",
  "docker.io",
  "nftables",
  // The puller verifies signatures with it.
  "openssl",
  "procps",
  "python3-boto3",
  "python3-cryptography",
  "python3-yaml",
  "unattended-upgrades",
] as const;

/** Additional packages of the issuer, the one node that requests certificates. */
export const issuerPackages = ["certbot", "python3-certbot-dns-route53"] as const;

/** LiveKit requests this buffer size on each UDP port, and warns below 5 MB. */
const udpBufferBytes = 16_777_216;
/** LiveKit needs 500,000 open files. Containers inherit containerd's limit. */
const openFiles = 1_048_576;
/** Limit of tracked connections: TCP, and UDP except media and TURN. A full table takes about 80 MB. */
const trackedConnections = 262_144;
/** Seconds for services to stop when the machine shuts down. Calls that were not drained before are lost. */
const shutdownSeconds = 30;

/** Renders the machine's own files, by absolute path. They contain no secret. */
export function renderSystem(plan: AwsPlan, fleet: Fleet, node: FleetNode): Readonly<Record<string, string>> {
  return {
    "/etc/nftables.conf": renderFirewall(plan, node),
    "/etc/systemd/system/nftables.service.d/60-livekit.conf": keepForeignTables(),
    "/etc/sysctl.d/60-livekit.conf": sysctl(fleet, node),
    // Loads this module at boot, because the conntrack sysctl exists only while it is loaded.
    "/etc/modules-load.d/60-livekit.conf": lines("nf_conntrack"),
    "/etc/docker/daemon.json": dockerDaemon(plan),
    "/etc/systemd/system/docker.service.d/60-livekit.conf": roomForDocker(),
    "/etc/systemd/system/containerd.service.d/60-livekit.conf": lines("[Service]", `LimitNOFILE=${openFiles}`),
    "/etc/systemd/journald.conf.d/60-livekit.conf": lines("[Journal]", "SystemMaxUse=500M"),
    "/etc/chrony/sources.d/aws.sources": timeSources(),
    "/etc/apt/apt.conf.d/60livekit": securityUpgrades(),
    "/etc/systemd/system/livekit.service": stackUnit(),
    "/etc/systemd/system/livekit-certificate.service": certificateUnit(),
    "/etc/systemd/system/livekit-certificate.timer": certificateTimer(),
    ...(node.scrapePort !== undefined && {
      "/etc/systemd/system/livekit-watch.service": watchUnit(),
      "/etc/systemd/system/livekit-watch.timer": watchTimer(),
    }),
  };
}

/** Renders an override for nftables.service: Debian's unit flushes every table when it stops, including Docker's. */
function keepForeignTables(): string {
  return lines("[Service]", "ExecStop=", "ExecStop=/usr/sbin/nft delete table inet livekit");
}

function sysctl(fleet: Fleet, node: FleetNode): string {
  return lines(
    "# A call's packets come in bursts: room for them, and time to take them.",
    `net.core.rmem_max = ${udpBufferBytes}`,
    `net.core.wmem_max = ${udpBufferBytes}`,
    "net.core.netdev_max_backlog = 16384",
    "# Where a network on the way drops the messages by which TCP finds the size of its packets, it finds it by itself.",
    "net.ipv4.tcp_mtu_probing = 1",
    "# With 4 GiB of memory the kernel would track 65,536 connections.",
    `net.netfilter.nf_conntrack_max = ${trackedConnections}`,
    "# Redis forks for a snapshot: without this the kernel refuses the fork where memory is short (Redis' admin guide).",
    "vm.overcommit_memory = 1",
    "# Outgoing connections are never given a port that a service or a relay will bind.",
    `net.ipv4.ip_local_reserved_ports = ${reservedPorts(fleet, node)}`,
    node.firstUnprivilegedPort < 1024
      ? ["# nginx has this port without root.", `net.ipv4.ip_unprivileged_port_start = ${node.firstUnprivilegedPort}`]
      : undefined,
    "# Services don't need to see what the kernel or other users do.",
    "kernel.dmesg_restrict = 1",
    "kernel.kptr_restrict = 2",
    "net.ipv4.conf.all.accept_redirects = 0",
    "net.ipv4.conf.all.send_redirects = 0",
  );
}

function reservedPorts(fleet: Fleet, { scrapePort }: FleetNode): string {
  const watched = scrapePort === undefined ? [] : [scrapePort, monitoringPorts.nodeExporter];
  const internal = [...Object.values(internalPorts), ...watched].map((port) => ({ first: port, last: port }));
  const redis = fleet.redis ? [] : [redisRow(fleet.settings)];
  return [...portNames.map((name) => fleet.ports[name]), ...redis, ...internal]
    .toSorted((a, b) => a.first - b.first)
    .map(formatPorts)
    .join(",");
}

/**
 * Renders Docker's configuration. Containers keep running while the daemon restarts, such as for a security upgrade.
 * Docker publishes only a node's own Redis, on loopback, which needs the userland proxy. Docker does not enable IP
 * forwarding, because the machine routes nothing.
 */
function dockerDaemon(plan: AwsPlan): string {
  const pool = bridgePool(plan);
  return json({
    "live-restore": true,
    "log-driver": "json-file",
    "log-opts": logLimits,
    "userland-proxy": true,
    "ip-forward": false,
    "no-new-privileges": true,
    bip: `${pool.slice(0, pool.lastIndexOf("."))}.1/24`,
    "default-address-pools": [{ base: pool, size: 24 }],
  });
}

/**
 * Renders an override for docker.service: the daemon starts only with free disk space. On a full disk, the daemon
 * cannot save containers' states and loses track of them until its next start. Running containers keep running without
 * the daemon.
 */
function roomForDocker(): string {
  const folder = "/var/lib/docker";
  const room = `[ "$(df --output=avail ${folder} | tail -n 1)" -gt ${16 * 1024} ]`;
  return lines(
    "[Unit]",
    "StartLimitIntervalSec=0",
    "",
    "[Service]",
    `ExecStartPre=/bin/sh -c 'mkdir -p ${folder} && ${room}'`,
    "RestartSec=10",
  );
}

/**
 * Returns an address pool for Docker's networks. Unlike Docker's default pools, it overlaps no network of a region, of
 * administrators or of Prometheus.
 */
function bridgePool({ regions, settings }: AwsPlan): string {
  const taken = [...regions.map(({ cidr }) => cidr), ...settings.adminCidrs, ...settings.scrapeCidrs];
  const pools = ["172.31.240.0/20", "10.255.240.0/20", "192.168.240.0/20", "100.127.240.0/20"];
  return pools.find((pool) => !taken.some((cidr) => networksOverlap(pool, cidr))) ?? "198.19.240.0/20";
}

/** Renders chrony's time source: Amazon Time Sync, one hop away. Debian's pool remains as a fallback. */
function timeSources(): string {
  return lines("server 169.254.169.123 prefer iburst minpoll 4 maxpoll 4");
}

function securityUpgrades(): string {
  return lines(
    'APT::Periodic::Update-Package-Lists "1";',
    'APT::Periodic::Unattended-Upgrade "1";',
    "// A restart of the machine would cut calls: the operator replaces nodes one at a time.",
    'Unattended-Upgrade::Automatic-Reboot "false";',
  );
}

/**
 * Renders livekit.service. It only `Wants` Docker, because with `Requires` a restart of the daemon would stop the
 * services.
 */
function stackUnit(): string {
  const compose = `/usr/bin/docker compose --project-name ${nodePaths.project} --project-directory ${nodePaths.stack}`;
  return lines(
    "[Unit]",
    "Description=LiveKit, Coturn, Redis and nginx",
    "Wants=docker.service network-online.target",
    "After=docker.service nftables.service network-online.target",
    `ConditionPathExists=${nodePaths.stack}/compose.yaml`,
    "StartLimitIntervalSec=0",
    "",
    "[Service]",
    "Type=oneshot",
    "RemainAfterExit=yes",
    "# Docker may be waiting for room on its disk.",
    "Restart=on-failure",
    "RestartSec=10",
    `ExecStart=${compose} up --detach --no-recreate`,
    `ExecStop=${compose} stop --timeout ${shutdownSeconds}`,
    "TimeoutStartSec=300",
    `TimeoutStopSec=${shutdownSeconds * 2}`,
    "",
    "[Install]",
    "WantedBy=multi-user.target",
  );
}

function certificateUnit(): string {
  return lines(
    "[Unit]",
    "Description=Take up or renew the TLS certificate",
    "Wants=network-online.target",
    "After=network-online.target docker.service",
    `ConditionPathExists=${nodePaths.current}/plan.json`,
    "",
    "[Service]",
    "Type=oneshot",
    `ExecStart=/usr/bin/python3 -B ${nodePaths.current}/agent certificate`,
    "TimeoutStartSec=1200",
    "# Calls have the processor first.",
    "Nice=15",
  );
}

function certificateTimer(): string {
  return lines(
    "[Unit]",
    "Description=Look for a newer TLS certificate",
    "",
    "[Timer]",
    "OnBootSec=2min",
    "OnUnitActiveSec=15min",
    "RandomizedDelaySec=1min",
    "",
    "[Install]",
    "WantedBy=timers.target",
  );
}

function watchUnit(): string {
  return lines(
    "[Unit]",
    "Description=Tell CloudWatch how the node is",
    // Runs only if the current bundle has watch.py, which older bundles lack.
    `ConditionPathExists=${nodePaths.current}/agent/watch.py`,
    "",
    "[Service]",
    "Type=oneshot",
    `ExecStart=/usr/bin/python3 -B ${nodePaths.current}/agent watch`,
    "TimeoutStartSec=50",
    "Nice=15",
  );
}

function watchTimer(): string {
  return lines(
    "[Unit]",
    "Description=Look how the node is every minute",
    "",
    "[Timer]",
    "OnActiveSec=1min",
    "OnUnitActiveSec=1min",
    "AccuracySec=5s",
    "",
    "[Install]",
    "WantedBy=timers.target",
  );
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
