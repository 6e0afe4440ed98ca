import { appendFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { type handleUnaryCall, Server, ServerCredentials, status } from "@grpc/grpc-js";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { officialReplaceKeys, officialVersion } from "../../../model/aws/replace-keys";
import { decode, encode, hasUnknown, type Properties, unknownValue } from "../../../packages/provider-kit/values";
import { keepRecord } from "./records";
import { computed, isGone, lookUp, outputs } from "./types";

/**
 * A fake AWS provider that creates nothing. It accepts any resource and appends each operation to the file `AWS_LOG`.
 * It answers lookups from the file `AWS_ACCOUNT`. Like Route 53, it rejects records that conflict with existing
 * records.
 */
const log = process.env["AWS_LOG"] ?? "";
const account = process.env["AWS_ACCOUNT"] ?? "";

function record(what: string, urn: string): void {
  const [, , type = "", name = ""] = urn.split("::");
  appendFileSync(log, `${what} ${type.split(":").at(-1)} ${name}\n`);
}

/** @throws Error if Route 53 would reject the record */
function meets(urn: string, before: Properties | undefined, after: Properties | undefined): void {
  if (typeOf(urn) === "aws:route53/record:Record") keepRecord(before, after);
}

const typeOf = (urn: string) => urn.split("::")[2]?.split("$").at(-1) ?? "";
const nameOf = (urn: string) => urn.split("::")[3] ?? "";

function changed(olds: Properties, news: Properties): string[] {
  const names = [...new Set([...Object.keys(olds), ...Object.keys(news)])];
  return names.filter((name) => hasUnknown(news[name]) || !isDeepStrictEqual(olds[name], news[name]));
}

function created(urn: string, inputs: Properties, preview: boolean): Properties {
  if (!preview) return { ...inputs, ...outputs(typeOf(urn), nameOf(urn), inputs) };
  const unknowns = Object.keys(computed[typeOf(urn)] ?? { arn: [] }).map((name) => [name, unknownValue]);
  return { ...inputs, ...Object.fromEntries(unknowns) };
}

function updated(urn: string, state: Properties, inputs: Properties, preview: boolean): Properties {
  if (!preview) return { ...state, ...inputs, ...outputs(typeOf(urn), nameOf(urn), inputs) };
  const moved = changed(state, { ...state, ...inputs });
  const late = Object.entries(computed[typeOf(urn)] ?? {}).filter(([, causes]) =>
    causes.some((cause) => moved.includes(cause)),
  );
  return { ...state, ...inputs, ...Object.fromEntries(late.map(([name]) => [name, unknownValue])) };
}

let instances = 0;

const server = new Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
server.addService(ResourceProviderService, {
  handshake: unary(() => new proto.ProviderHandshakeResponse()),
  attach: unary(() => new Empty()),
  cancel: unary(() => new Empty()),
  getPluginInfo: unary(() => new PluginInfo().setVersion(officialVersion)),
  checkConfig: unary((request: proto.CheckRequest) => new proto.CheckResponse().setInputs(request.getNews())),
  diffConfig: unary(() => new proto.DiffResponse().setChanges(proto.DiffResponse.DiffChanges.DIFF_NONE)),
  configure: unary(() => new proto.ConfigureResponse().setSupportspreview(true)),
  invoke: unary((request: proto.InvokeRequest) =>
    new proto.InvokeResponse().setReturn(encode(lookUp(request.getTok(), decode(request.getArgs()), account))),
  ),
  check: unary((request: proto.CheckRequest) => new proto.CheckResponse().setInputs(request.getNews())),
  diff: unary((request: proto.DiffRequest) => {
    const names = changed(decode(request.getOldInputs()), decode(request.getNews()));
    const { DIFF_NONE, DIFF_SOME } = proto.DiffResponse.DiffChanges;
    const forcing = ["region", ...(officialReplaceKeys[typeOf(request.getUrn())] ?? [])];
    return new proto.DiffResponse()
      .setChanges(names.length > 0 ? DIFF_SOME : DIFF_NONE)
      .setDiffsList(names)
      .setReplacesList(names.filter((name) => forcing.includes(name)));
  }),
  create: unary((request: proto.CreateRequest) => {
    const urn = request.getUrn();
    const inputs = decode(request.getProperties());
    const response = new proto.CreateResponse().setProperties(encode(created(urn, inputs, request.getPreview())));
    if (request.getPreview()) return response;
    meets(urn, undefined, inputs);
    record("create", urn);
    instances += 1;
    return response.setId(`${nameOf(urn)}-${process.pid}-${instances}`);
  }),
  read: unary((request: proto.ReadRequest) =>
    isGone(nameOf(request.getUrn()), account)
      ? new proto.ReadResponse()
      : new proto.ReadResponse()
          .setId(request.getId())
          .setProperties(request.getProperties())
          .setInputs(request.getInputs()),
  ),
  update: unary((request: proto.UpdateRequest) => {
    const [urn, preview] = [request.getUrn(), request.getPreview()];
    const [before, after] = [decode(request.getOlds()), decode(request.getNews())];
    if (!preview) {
      meets(urn, before, after);
      record("update", urn);
    }
    const properties = updated(urn, before, after, preview);
    return new proto.UpdateResponse().setProperties(encode(properties));
  }),
  delete: unary((request: proto.DeleteRequest) => {
    meets(request.getUrn(), decode(request.getProperties()), undefined);
    record("delete", request.getUrn());
    return new Empty();
  }),
});
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  process.stdout.write(`${port}\n`);
});

function unary<Request, Response>(handle: (request: Request) => Response): handleUnaryCall<Request, Response> {
  return ({ request }, callback) => {
    try {
      callback(null, handle(request));
    } catch (error) {
      callback({ code: status.UNKNOWN, details: error instanceof Error ? error.message : String(error) });
    }
  };
}
