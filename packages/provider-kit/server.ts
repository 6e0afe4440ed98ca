import type { handleUnaryCall, UntypedServiceImplementation } from "@grpc/grpc-js";
import { Server, ServerCredentials, status } from "@grpc/grpc-js";
import { type PluginAttach, PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { Engine } from "./engine";
import { connect } from "./engine";
import type { Call, Change, ResourceType } from "./resource-type";
import { check, diff, inputsAsRead, notImplemented, previewOutputs } from "./resource-type";
import type { Properties } from "./values";
import { decode, encode } from "./values";

/** A fallback for one official provider plugin. */
export interface Plugin {
  /** The official plugin's name, e.g. `docker`. */
  readonly name: string;
  /** Version of the SDK package whose official plugin this one replaces. */
  readonly version: string;
  readonly types: readonly ResourceType[];
  /** Functions by token. If they find nothing, they throw the official plugin's error. */
  readonly functions?: Readonly<Record<string, (args: Properties) => Promise<Properties>>>;
  /** Accepted provider configuration keys. Any other key is an error. */
  readonly configuration: readonly string[];
  configure?(configuration: Properties): void;
}

/**
 * Serves the plugin to the engine, whose address is the process's argument, until the engine stops it or disconnects.
 * Secrets arrive in plain form (`acceptSecrets` is false), so the engine marks every output with the name of a secret
 * input as secret.
 */
export function serve(plugin: Plugin): void {
  const server = new Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
  server.addService(ResourceProviderService, implement(plugin, process.argv[2]));
  server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error;
    process.stdout.write(`${port}\n`);
  });
}

function implement(plugin: Plugin, engineAddress: string | undefined): UntypedServiceImplementation {
  const types = new Map(plugin.types.map((type) => [type.token, type]));
  const official = `${plugin.name} ${plugin.version}`;
  const cancelled = new AbortController();
  let engine: Engine | undefined;
  const attach = (address: string) => {
    engine = connect(address, async () => {
      cancelled.abort(new Error("the Pulumi engine has exited"));
      await Promise.allSettled(underWay);
      process.exit(1);
    });
  };
  if (engineAddress) attach(engineAddress);

  const typeOf = (token: string): ResourceType => {
    const type = types.get(token);
    if (type) return type;
    throw new Error(notImplemented(token, official));
  };
  const callOf = (request: { getUrn(): string; getName(): string }, timeoutSeconds = 0): Call => ({
    urn: request.getUrn(),
    name: request.getName(),
    signal:
      timeoutSeconds > 0
        ? AbortSignal.any([cancelled.signal, AbortSignal.timeout(timeoutSeconds * 1000)])
        : cancelled.signal,
    log: (line) => engine?.log(request.getUrn(), line),
  });

  return {
    handshake: unary(() => new proto.ProviderHandshakeResponse()),
    attach: unary((request: PluginAttach) => {
      attach(request.getAddress());
      return new Empty();
    }),
    getPluginInfo: unary(() => new PluginInfo().setVersion(plugin.version)),
    cancel: unary(() => {
      cancelled.abort(new Error("interrupted"));
      return new Empty();
    }),

    checkConfig: unary((request: proto.CheckRequest) => {
      const news = decode(request.getNews());
      const unknown = Object.keys(news).filter((key) => key !== "version" && !plugin.configuration.includes(key));
      const failures = unknown.map((key) => notImplemented(`${key} of the ${plugin.name} provider`, official));
      return checkResponse(news, failures);
    }),
    diffConfig: unary(() => new proto.DiffResponse().setChanges(proto.DiffResponse.DiffChanges.DIFF_NONE)),
    configure: unary((request: proto.ConfigureRequest) => {
      plugin.configure?.(decode(request.getArgs()));
      return new proto.ConfigureResponse().setSupportspreview(true);
    }),

    check: unary((request: proto.CheckRequest) => {
      const named = { name: request.getName(), olds: decode(request.getOlds()) };
      const { inputs, failures } = check(typeOf(request.getType()), decode(request.getNews()), official, named);
      return checkResponse(inputs, failures);
    }),
    diff: unary((request: proto.DiffRequest) => {
      const type = typeOf(request.getType());
      return diffResponse(type, diff(type, decode(request.getOldInputs()), decode(request.getNews())));
    }),
    create: unary(async (request: proto.CreateRequest) => {
      const type = typeOf(request.getType());
      const inputs = decode(request.getProperties());
      const response = new proto.CreateResponse();
      if (request.getPreview()) return response.setProperties(encode(previewOutputs(inputs, type.computed)));
      const { id, outputs } = await type.create(inputs, callOf(request, request.getTimeout()));
      return response.setId(id).setProperties(encode(outputs));
    }),
    read: unary(async (request: proto.ReadRequest) => {
      const type = typeOf(request.getType());
      const state = decode(request.getProperties());
      const given = decode(request.getInputs());
      const response = new proto.ReadResponse();
      const found = type.read
        ? await type.read(request.getId(), state, callOf(request, request.getTimeout()))
        : { id: request.getId(), outputs: state };
      if (!found) return response;
      return response
        .setId(found.id)
        .setProperties(encode(found.outputs))
        .setInputs(encode(type.read ? inputsAsRead(type, given, found.outputs) : given));
    }),
    update: unary(async (request: proto.UpdateRequest) => {
      const type = typeOf(request.getType());
      const [inputs, state] = [decode(request.getNews()), decode(request.getOlds())];
      const response = new proto.UpdateResponse();
      if (request.getPreview()) {
        return response.setProperties(encode(previewOutputs(inputs, type.computedByUpdate ?? [], state)));
      }
      const call = callOf(request, request.getTimeout());
      const outputs = type.update ? await type.update(request.getId(), inputs, state, call) : { ...state, ...inputs };
      return response.setProperties(encode(outputs));
    }),
    delete: unary(async (request: proto.DeleteRequest) => {
      const type = typeOf(request.getType());
      await type.delete(request.getId(), decode(request.getProperties()), callOf(request, request.getTimeout()));
      return new Empty();
    }),
    invoke: unary(async (request: proto.InvokeRequest) => {
      const run = plugin.functions?.[request.getTok()];
      if (!run) throw new Error(notImplemented(`The function ${request.getTok()}`, official));
      return new proto.InvokeResponse().setReturn(encode(await run(decode(request.getArgs()))));
    }),
  };
}

/** Calls in progress. If the engine disconnects, the plugin lets them clean up before it exits. */
const underWay = new Set<Promise<unknown>>();

/** Wraps a handler so that the user sees only the error's message. */
function unary<Request, Response>(
  handle: (request: Request) => Response | Promise<Response>,
): handleUnaryCall<Request, Response> {
  return async (call, callback) => {
    const answer = Promise.resolve(call.request).then(handle);
    underWay.add(answer);
    try {
      callback(null, await answer);
    } catch (error) {
      callback({ code: status.UNKNOWN, details: error instanceof Error ? error.message : String(error) });
    } finally {
      underWay.delete(answer);
    }
  };
}

/**
 * Puts the property's name into the reason, because the engine prints the value of a failure's separate property field.
 */
function checkResponse(inputs: Properties, failures: readonly string[]): proto.CheckResponse {
  const response = new proto.CheckResponse().setInputs(encode(inputs));
  for (const reason of failures) response.addFailures(new proto.CheckFailure().setReason(reason));
  return response;
}

function diffResponse(type: ResourceType, changes: readonly Change[]): proto.DiffResponse {
  const { DIFF_NONE, DIFF_SOME } = proto.DiffResponse.DiffChanges;
  const response = new proto.DiffResponse()
    .setChanges(changes.length > 0 ? DIFF_SOME : DIFF_NONE)
    .setDiffsList(changes.map(({ property }) => property))
    .setReplacesList(changes.filter(({ replaces }) => replaces).map(({ property }) => property))
    .setDeletebeforereplace(type.deleteBeforeReplace ?? false)
    .setHasdetaileddiff(true);
  for (const change of changes) {
    response
      .getDetaileddiffMap()
      .set(change.property, new proto.PropertyDiff().setKind(kindOf(change)).setInputdiff(true));
  }
  return response;
}

function kindOf({ kind, replaces }: Change): proto.PropertyDiff.Kind {
  const { ADD, ADD_REPLACE, DELETE, DELETE_REPLACE, UPDATE, UPDATE_REPLACE } = proto.PropertyDiff.Kind;
  if (kind === "add") return replaces ? ADD_REPLACE : ADD;
  if (kind === "delete") return replaces ? DELETE_REPLACE : DELETE;
  return replaces ? UPDATE_REPLACE : UPDATE;
}
