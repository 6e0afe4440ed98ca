import { pricesAre } from "../../model/aws/prices";
import type { Assessment, Site, SiteReport } from "../../model/capacity/assess";
import type { Bill } from "../../model/capacity/cost";
import { defaultTurnShare, downlinkMbps, type RoomShape } from "../../model/capacity/load";
import { plannedShare, relayPortsFor, relayRange, roomsPerNode } from "../../model/capacity/node";
import { efficiency, type Spread } from "../../model/capacity/processor";
import { mostNodes } from "../../model/settings/aws-members";
import { nameStack } from "../../model/stack-commands";
import { bringUp } from "../lib/cli";
import { textTable } from "../lib/table";
import { type ChartStyle, count, formatSpread, renderBars } from "./chart";
import type { Costs } from "./costs";

export interface Report {
  readonly stack: string;
  readonly assessment: Assessment;
  /** Hours per month with this load. */
  readonly hours: number;
  /** Set for a stack on AWS. */
  readonly costs?: Costs;
}

/** Renders the plan as text. */
export function renderReport(report: Report, style: ChartStyle): string {
  const { assessment, costs, hours } = report;
  const sections = [
    opening(report),
    sitesTable(assessment),
    ...(assessment.total === undefined ? [] : [bandwidth(assessment)]),
    qualitySection(assessment, style),
    costs === undefined ? noCosts : costSection(costs, hours, assessment),
    caveats(assessment),
    ...relayWarning(assessment, report.stack),
    ...(assessment.headroom === undefined ? [statesNoLoad] : [headroom(assessment, report.stack)]),
  ];
  return sections.join("\n\n");
}

const noCosts =
  "No costs: this stack runs on this machine, and only AWS has known prices, as in: npm run plan -- --stack prod";

const statesNoLoad = "To plan for a load: npm run plan -- --rooms 10 --participants 4 --quality 720p";

function opening({ stack, assessment: { load } }: Report): string {
  const rooms = load.rooms === undefined ? "rooms" : `${count(load.rooms)} ${load.rooms === 1 ? "room" : "rooms"}`;
  return `Stack ${stack}, ${rooms} of ${describe(load.shape)}.`;
}

function describe({ participants, publishers, quality, turnShare }: RoomShape): string {
  const who = publishers === participants ? "all of them publish" : `${publishers} of them publish`;
  return `${participants} at ${quality}; ${who}, everyone receives everyone; ${percent(turnShare)} use TURN`;
}

function sitesTable({ sites }: Assessment): string {
  const withLoad = sites.some(({ nodesNeeded }) => nodesNeeded !== undefined);
  const head = [
    "where",
    "what",
    "nodes",
    "rooms per node",
    "limited by",
    ...(withLoad ? ["rooms", "nodes needed"] : []),
  ];
  return textTable(
    head,
    sites.map((report) => siteRow(report)),
  );
}

function siteRow({ site, roomsPerNode, bottleneck, rooms, nodesNeeded }: SiteReport): string[] {
  const needed = nodesNeeded && [count(rooms ?? 0), formatSpread(nodesNeeded)];
  return [site.name, site.kind, count(site.nodes), formatSpread(roomsPerNode), bottleneck, ...(needed ?? [])];
}

function bandwidth({ load, perRoom, total }: Assessment): string {
  const rows = [
    ["each participant receives", mbps(downlinkMbps(load.shape))],
    ["a room's server sends", mbps(perRoom.egressMbps)],
    ["all servers send", mbps(total?.egressMbps ?? 0)],
    ["all servers receive", mbps(total?.ingestMbps ?? 0)],
    ["of both, through TURN", mbps(total?.relayedMbps ?? 0)],
  ];
  return textTable(["bandwidth", ""], rows);
}

function qualitySection({ sites, byQuality, load }: Assessment, style: ChartStyle): string {
  const [first] = sites;
  const rows = byQuality.map((each) => [
    each.quality,
    formatSpread(each.largestRoom),
    formatSpread(each.participantsPerNode),
    each.bottleneck,
    mbps(each.downlinkMbps),
    mbps(each.egressMbps),
  ]);
  const { participants } = load.shape;
  const inRooms = `in rooms of ${participants}`;
  const head = ["quality", "largest room", `on a node, ${inRooms}`, "limited by", "each receives", "a room sends"];
  // Omits audio: its bar is so long that the others would be too short to read.
  const video = byQuality.filter(({ quality }) => quality !== "audio");
  const bars = video.map(({ quality, participantsPerNode }) => ({ label: quality, spread: participantsPerNode }));
  const title = `Participants on a node of ${first?.site.name} (${first?.site.kind}), ${inRooms}`;
  return [textTable(head, rows), "", title, renderBars(bars, style)].join("\n");
}

function costSection({ configured, needed }: Costs, hours: number, { load }: Assessment): string {
  const rows = configured.items.map(({ item, reckoning, month }) => [item, reckoning, usd(month)]);
  const lines = [
    textTable(["per month, as configured", "", ""], [...rows, ["total", "", usd(configured.month)]]),
    load.rooms === undefined
      ? "Without a load, egress is not included: a 720p stream is 0.675 GB per hour."
      : `Egress is for ${hours} hours; --hours sets the hours per month with this load.`,
    ...(needed === undefined
      ? []
      : [`With the nodes that the load needs, and the resources that several nodes share: ${usdSpread(needed)}.`]),
    `Prices: ${pricesAre}, without taxes; other regions differ.`,
  ];
  return lines.join("\n");
}

/** Formats the totals of the bills. Only the cautious bill can be undefined: no number of nodes may be enough. */
function usdSpread({ cautious, expected, best }: { readonly [K in keyof Spread]: Bill | undefined }): string {
  const sum = (bill: Bill | undefined) => usd(bill?.month ?? 0);
  return `${sum(expected)} (${sum(best)} ${cautious === undefined ? "or more" : `to ${sum(cautious)}`})`;
}

function caveats({ sites, load: { shape } }: Assessment): string {
  const lines = [
    `In brackets: the range, for processors that reach ${percent(efficiency.cautious)} to ${percent(efficiency.best)} of LiveKit's published throughput.`,
    `A node is planned to be ${percent(plannedShare)} full. The maximum load is that everyone receives everyone in full:`,
    "with adaptive streams LiveKit's benchmark of a meeting of 150 needed a tenth of it.",
  ];
  if (shape.turnShare === defaultTurnShare) {
    lines.push(
      `${percent(defaultTurnShare)} through TURN is an assumption: --help has the reason, --turn-share sets your own.`,
    );
  }
  if (sites.some(({ site }) => site.limits.egressMbps === undefined)) {
    lines.push("The bandwidth of this machine's network is unknown: compare it with what the servers send.");
  }
  return lines.join("\n");
}

/** If relay ports limit a region's capacity, renders the commands that set a large enough port range. */
function relayWarning({ sites, load: { shape } }: Assessment, stack: string): string[] {
  const [limited] = sites.filter(({ bottleneck }) => bottleneck === "relay ports");
  if (limited === undefined) return [];
  const { site, roomsPerNode: carried, rooms = Number.POSITIVE_INFINITY } = limited;
  const { relayPorts, turnUrls } = site.limits;
  const beside = roomsPerNode(shape, { ...site.limits, relayPorts: Number.POSITIVE_INFINITY });
  const wanted = relayPortsFor(Math.min(beside, rooms) * shape.participants, turnUrls);
  const urls = turnUrls === 1 ? "its TURN URL" : `each of ${turnUrls} TURN URLs`;
  const lines = [
    `Relay: a browser allocates a port for ${urls} and each of its two connections, relayed or not.`,
    `The ${count(relayPorts)} of livekit:ports.relay are enough for ${count(carried.expected * shape.participants)} participants on a node;`,
    "beyond that, a participant who needs TURN may find no free port.",
  ];
  if (wanted <= relayPorts) return [lines.join("\n")];
  const wider = setting(stack, site, `--path livekit:ports.relay ${relayRange(wanted)}`);
  return [[...lines, `${count(wanted)} are enough: ${wider}`].join("\n")];
}

/** States whether the stack carries the load. Uses the same terms as the bars: cautious and expected figures. */
function headroom({ sites, headroom }: Assessment, stack: string): string {
  if (headroom === "ample") return "The stack carries this load, even by the cautious figures.";
  const bound = headroom === "likely" ? "cautious" : "expected";
  const lacking = sites.filter(({ site, nodesNeeded }) => (nodesNeeded?.[bound] ?? 0) > site.nodes);
  const opening =
    headroom === "likely"
      ? "The stack carries this load by the expected figures, but not by the cautious ones:"
      : "The stack is too small for this load, by the expected figures:";
  const nodes = sites.reduce((sum, { site }) => sum + site.nodes, 0);
  return [
    opening,
    ...lacking.map((each) => `  ${remedy(each, bound, stack)}`),
    ...(nodes === 1 && lacking.some(({ site }) => site.key) ? [severalNodes] : []),
  ].join("\n");
}

const severalNodes =
  '  Several nodes need a shared Redis and traffic routing in the settings: "Add nodes and regions" in docs/aws.md';

function remedy(report: SiteReport, bound: keyof Spread, stack: string): string {
  const { site, rooms, roomsPerNode, nodesNeeded } = report;
  const carried = `${site.name} carries ${count(roomsPerNode[bound] * site.nodes)} of ${count(rooms ?? 0)} rooms by the ${bound} figures`;
  if (site.key === undefined) return `${carried}; a stack on AWS can grow: see docs/aws.md`;
  const nodes = nodesNeeded?.[bound] ?? Number.POSITIVE_INFINITY;
  if (nodes > mostNodes) return `${carried}; choose a larger ${site.key}.instanceType`;
  return `${carried}; choose a larger instanceType, or: ${setting(stack, site, `--path '${site.key}.nodes' ${nodes}`)}`;
}

/** Returns the commands that set a key and apply it to this stack. */
function setting(stack: string, { key }: Site, what: string): string {
  return `${nameStack(stack, `pulumi config set ${what}`)}, then ${bringUp(stack, key !== undefined)}`;
}

function mbps(value: number): string {
  return value >= 1000 ? `${round(value / 1000)} Gbps` : `${round(value)} Mbps`;
}

function round(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString("en-US");
}

function usd(value: number): string {
  return `$${value.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)}%`;
}
