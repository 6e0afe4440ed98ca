// One side of the start-up benchmark, in plain JavaScript so that the empty program pays for no loader:
//   node [loader] preview.cjs FOLDER STACK PROGRAM
// previews the program that the module PROGRAM exports, and prints the milliseconds from this process' start until the
// program has registered its first own resource: loaders, modules, configuration and planning.
const { LocalWorkspace } = require("@pulumi/pulumi/automation");

async function main([workDir, stackName, program]) {
  const options = { workDir, envVars: { PULUMI_SKIP_UPDATE_CHECK: "true" } };
  const inline = { stackName, projectName: "livekit", program: () => require(program).program() };
  const stack = await LocalWorkspace.createOrSelectStack(inline, options);
  let firstMs;
  const onEvent = ({ resourcePreEvent }) => {
    const type = resourcePreEvent?.metadata.type;
    if (type !== undefined && type !== "pulumi:pulumi:Stack") firstMs ??= performance.now();
  };
  await stack.preview({ onEvent });
  console.log(firstMs);
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
