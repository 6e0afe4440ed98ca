import {
  type Change,
  ChangeResourceRecordSetsCommand,
  GetHostedZoneCommand,
  type ResourceRecordSet,
} from "@aws-sdk/client-route-53";
import { required } from "../../../../provider-kit/required";
import type { Call } from "../../../../provider-kit/resource-type";
import type { Properties } from "../../../../provider-kit/values";
import { managed } from "../../managed";
import { inSync, route53 } from "./client";
import {
  fullName,
  plainName,
  type RecordInputs,
  recordErrors,
  recordFound,
  recordInputs,
  recordSet,
  type SetKey,
} from "./record-inputs";
import { validateChange } from "./record-rules";
import { isSet, setsOf } from "./record-sets";

interface Zone {
  readonly id: string;
  readonly name: string;
}

/**
 * `aws:route53/record:Record`. A change of type or set identifier replaces the old set in one batch, as in the official
 * provider.
 */
export const record = managed({
  token: "aws:route53/record:Record",
  inputs: recordInputs,
  replaceOn: ["zoneId", "name"],
  unordered: ["records"],
  computed: ["fqdn"],
  validate: recordErrors,
  async make(wanted, call) {
    const zone = await zoneOf(wanted.zoneId);
    await inTurn(() => put(zone, wanted, undefined, call));
    return [zone.id, wanted.name, wanted.type, wanted.setIdentifier].filter(Boolean).join("_");
  },
  async set(_, wanted, before, call) {
    if (!before) return;
    const zone = await zoneOf(wanted.zoneId);
    await inTurn(() => put(zone, wanted, before as unknown as SetKey, call));
  },
  async find(id, _, known) {
    const key = keyOf(id, known);
    const zone = await zoneOf(key.zoneId);
    const found = await findSet(zone, key);
    return found && { zoneId: key.zoneId, name: key.name, ...recordFound(found) };
  },
  async remove(id, _, state, call) {
    const key = keyOf(id, state);
    const zone = await zoneOf(key.zoneId);
    await inTurn(async () => {
      const found = await findSet(zone, key);
      if (found) await change(zone, await removal(zone, found), call);
    });
  },
});

let turn: Promise<unknown> = Promise.resolve();

/**
 * Runs tasks one at a time. A removal in moto also deletes sets of other names, which are then restored: two concurrent
 * removals would restore each other's set.
 */
function inTurn(task: () => Promise<void>): Promise<void> {
  const mine = turn.then(task);
  turn = mine.catch(() => undefined);
  return mine;
}

/**
 * Creates or updates a record set. An update overwrites the previous set. If the type or set identifier changes, it
 * removes the previous set in the same batch.
 */
async function put(zone: Zone, wanted: RecordInputs, before: SetKey | undefined, call: Call): Promise<void> {
  const set = recordSet(wanted, zone.name);
  const old = before && (await findSet(zone, before));
  const moves = old !== undefined && !isSet(old, set);
  await validateChange(zone, set, { overwrite: old !== undefined && !moves, without: old });
  const removed = moves ? await removal(zone, old) : [];
  // Uses UPSERT: `validateChange` has already rejected conflicts, and moto's own check for CREATE also finds records of
  // the next name in the zone.
  await change(zone, [...removed, { Action: "UPSERT", ResourceRecordSet: set }], call);
}

/**
 * Returns the changes that remove a set. moto removes every set with the identifier, whatever its name, so sets of
 * other names are restored.
 */
async function removal(zone: Zone, set: ResourceRecordSet): Promise<Change[]> {
  const all = set.SetIdentifier === undefined ? [] : await setsOf(zone.id);
  const others = all.filter((other) => other.SetIdentifier === set.SetIdentifier && !isSet(other, set));
  return [
    { Action: "DELETE", ResourceRecordSet: set },
    ...others.map((ResourceRecordSet) => ({ Action: "UPSERT" as const, ResourceRecordSet })),
  ];
}

async function change(zone: Zone, Changes: Change[], call: Pick<Call, "signal">): Promise<void> {
  const command = new ChangeResourceRecordSetsCommand({ HostedZoneId: zone.id, ChangeBatch: { Changes } });
  const { ChangeInfo } = await route53().send(command);
  await inSync(ChangeInfo?.Id, call);
}

async function zoneOf(zoneId: string): Promise<Zone> {
  const id = zoneId.replace(/^\/hostedzone\//, "");
  const { HostedZone } = await route53().send(new GetHostedZoneCommand({ Id: id }));
  return { id, name: plainName(required(HostedZone?.Name, "Name")) };
}

async function findSet(zone: Zone, { name, type, setIdentifier }: SetKey): Promise<ResourceRecordSet | undefined> {
  const key = { Name: fullName(name, zone.name), Type: type, SetIdentifier: setIdentifier };
  return (await setsOf(zone.id, key.Name)).find((set) => isSet(set, key));
}

/** Returns the key of the current set. After an update it may differ from the id; an import has only the id. */
function keyOf(id: string, known: Properties): SetKey & Pick<RecordInputs, "zoneId"> {
  if (known["zoneId"]) return known as unknown as RecordInputs;
  const [, zoneId = "", name = "", , setIdentifier] = /^([^_]+)_(.+?)_(A)(?:_(.+))?$/.exec(id) ?? [];
  return { zoneId, name: plainName(name), type: "A", setIdentifier };
}
