import { connectivityState, credentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";

/** The engine that started this plugin. */
export interface Engine {
  /** Shows a line beside the resource while it is worked on; it isn't kept. */
  log(urn: string, line: string): void;
}

/** The engine is on loopback: never by way of a proxy that the environment names. */
const direct = { "grpc.enable_http_proxy": 0 };

/**
 * Connects to the engine.
 *
 * @param address host:port, as the engine gives it
 * @param onGone called once the engine's end of the connection is closed: an engine that is killed can't stop its plugins
 */
export function connect(address: string, onGone: () => void): Engine {
  const client = new EngineClient(address, credentials.createInsecure(), direct);
  watch(client, onGone);
  return {
    log(urn, line) {
      const request = new LogRequest();
      request.setSeverity(LogSeverity.INFO);
      request.setUrn(urn);
      request.setMessage(line);
      request.setEphemeral(true);
      client.log(request, () => undefined);
    },
  };
}

function watch(client: EngineClient, onGone: () => void): void {
  const channel = client.getChannel();
  const state = channel.getConnectivityState(true);
  if (state === connectivityState.TRANSIENT_FAILURE) onGone();
  else channel.watchConnectivityState(state, Number.POSITIVE_INFINITY, () => watch(client, onGone));
}
