import { connectivityState, credentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";

/** The Pulumi engine that started this plugin. */
export interface Engine {
  /** Shows a line beside the resource during the operation. It isn't stored. */
  log(urn: string, line: string): void;
}

/** Pulumi's engine is on loopback, so ignore proxy settings in the environment. */
const direct = { "grpc.enable_http_proxy": 0 };

/**
 * Connects to the engine.
 *
 * @param address host:port, as passed by the engine
 * @param onGone called once the engine closes the connection: an engine that is killed can't stop its plugins
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
