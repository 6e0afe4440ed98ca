import { sanitizeText } from "../../model/sanitize";
import { textTable } from "../lib/table";
import { type Color, paint } from "../lib/terminal";
import type { PathReport, SmokeReport } from "./report";

/** Renders the report as a table, followed by each failure with its layer and fix. */
export function renderReport(report: SmokeReport, color: boolean): string {
  const show = color ? paint : plain;
  const head = ["path", "result", "connected", "first audio", "first video"];
  const rows = report.paths.map((path) => row(path, show));
  const table = textTable(head, rows, ["left", "left", "right", "right", "right"]);
  const notes = report.paths.flatMap(note).map(sanitizeText);
  return [table, ...notes, summary(report)].join("\n");
}

/** Renders the report of one path in one line, for progress output. */
export function renderProgress(path: PathReport, color: boolean): string {
  const [title, result, ...times] = row(path, color ? paint : plain);
  return [`${title}: ${result}`, ...(path.status === "passed" ? [`(${times.join(", ")})`] : [])].join(" ");
}

function plain(text: string): string {
  return text;
}

function row(path: PathReport, show: (text: string, color: Color) => string): string[] {
  switch (path.status) {
    case "passed": {
      const times = [path.connectMs, path.firstAudioMs, path.firstVideoMs];
      return [path.title, show("passed", "green"), ...times.map((time) => `${time} ms`)];
    }
    case "failed":
      return [path.title, show(`failed: ${path.failure.layer}`, "red"), "", "", ""];
    case "skipped":
      return [path.title, show("skipped", "yellow"), "", "", ""];
  }
}

function note(path: PathReport): string[] {
  const { title, clientCrash } = path;
  if (clientCrash) return [`${title}: the test's own WebRTC client crashed first (${clientCrash})`, ...outcome(path)];
  return outcome(path);
}

function outcome(path: PathReport): string[] {
  if (path.status === "failed") {
    const { layer, message, fix } = path.failure;
    return [`${path.title}: ${layer}: ${message}`, `  ${fix}`];
  }
  return path.status === "skipped" ? [`${path.title}: skipped: ${path.reason}`] : [];
}

function summary({ paths, durationMs }: SmokeReport): string {
  const passed = paths.filter(({ status }) => status === "passed").length;
  return `${passed} of ${paths.length} paths carry audio and video both ways (${(durationMs / 1000).toFixed(1)} s)`;
}
