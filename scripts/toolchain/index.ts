import { Listr, type ListrRendererValue } from "listr2";
import type { Host } from "../../model/fleet";
import { containerNetwork, type Engine, ensureEngine } from "./docker";
import { ensureImages, type ImageSource, type WantedImages } from "./images";
import { type Machine, thisMachine } from "./machine";
import { throttleOutput } from "./output";
import { ensurePlugins } from "./plugins";
import { ensurePulumi, type PulumiCli } from "./pulumi";

export { type PulumiCli, pathWith, pulumiCommand } from "./pulumi";

/** Everything that a local stack needs on its machine. */
export interface Tools extends Engine {
  readonly pulumi: PulumiCli;
  /** Folder to put first on PATH, with the fallback providers. Undefined if the official plugins are used. */
  readonly pluginPath?: string;
  /** Undefined if no images were requested. */
  readonly imageSource?: ImageSource;
  readonly network: Host["network"];
}

export interface EnsureToolsOptions {
  /** Renderer of the steps. @default listr2's own choice for the terminal */
  readonly renderer?: ListrRendererValue;
  /** Images to provide. @default none, for commands such as `npm stop` that start no containers */
  readonly images?: WantedImages;
  readonly machine?: Machine;
}

/**
 * Returns the tasks that install the tools; `run()` returns the {@link Tools}. Each tool comes from PATH, else from the
 * official download, else from a build with packages from registries. The Docker engine comes first: without it, no
 * expensive task starts.
 */
export function ensureTools(options: EnsureToolsOptions = {}): Listr<Tools, ListrRendererValue, ListrRendererValue> {
  const { machine = thisMachine, renderer = "default", images } = options;
  const show = (task: { output: string }) =>
    throttleOutput((line) => {
      task.output = line;
    }, renderer === "default");
  type Draft = { -readonly [K in keyof Tools]: Tools[K] };
  return new Listr<Draft, ListrRendererValue, ListrRendererValue>(
    [
      {
        title: "Docker engine",
        task: async (tools, task) => {
          Object.assign(tools, await ensureEngine(machine, show(task)));
          tools.network = await containerNetwork(tools.docker, machine);
        },
      },
      {
        title: images ? "Pulumi and container images" : "Pulumi",
        task: (_, task) =>
          task.newListr(
            [
              {
                title: "Pulumi CLI and provider plugins",
                task: async (tools, task) => {
                  tools.pulumi = await ensurePulumi(machine, show(task));
                  const pluginPath = await ensurePlugins(tools.pulumi, machine, show(task));
                  if (pluginPath) tools.pluginPath = pluginPath;
                  task.title = `Pulumi CLI ${tools.pulumi.version} (${origins[tools.pulumi.source]}), ${pluginPath ? "fallback" : "official"} plugins`;
                },
              },
              {
                title: "Container images",
                enabled: images !== undefined,
                task: async (tools, task) => {
                  tools.imageSource = await ensureImages(tools.docker, machine, show(task), images);
                  task.title = `Container images (${tools.imageSource === "build" ? "built here" : "official"})`;
                },
              },
            ],
            { concurrent: true },
          ),
      },
    ],
    { renderer, ctx: {} as Draft, registerSignalListeners: false },
  );
}

const origins: Readonly<Record<PulumiCli["source"], string>> = {
  PATH: "from PATH",
  download: "official download",
  build: "built from its Go module",
};
