import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { type RecordInputs, recordSet } from "../../../packages/aws-simulator/provider/services/route53/record-inputs";
import { errorsOf } from "../../../packages/aws-simulator/provider/services/route53/record-rules";
import { isSet } from "../../../packages/aws-simulator/provider/services/route53/record-sets";
import type { ResourceRecordSet } from "../../../packages/aws-simulator/sdk/route-53";
import type { Properties } from "../../../packages/provider-kit/values";

/** File with the zone's record sets. It keeps them between operations of the engine. */
const file = process.env["AWS_RECORDS"] ?? "";
const zoneName = "example.com";

/**
 * Creates, changes or deletes a record, one operation at a time.
 * @throws Error with Route 53's message if the record conflicts with another
 */
export function keepRecord(before: Properties | undefined, after: Properties | undefined): void {
  const all: ResourceRecordSet[] = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : [];
  const old = before && setOf(before);
  const left = all.filter((set) => !old || !isSet(set, old));
  const kept = after === undefined ? left : [...left, validated(after, old, all)];
  writeFileSync(file, JSON.stringify(kept));
}

function validated(record: Properties, old: ResourceRecordSet | undefined, all: readonly ResourceRecordSet[]) {
  const set = setOf(record);
  const errors = errorsOf({ id: `${record["zoneId"]}` }, set, all, { overwrite: false, without: old });
  if (errors.length > 0) throw new Error(`InvalidChangeBatch: [${errors.join(", ")}]`);
  return set;
}

const setOf = (record: Properties) => recordSet(record as unknown as RecordInputs, zoneName);
