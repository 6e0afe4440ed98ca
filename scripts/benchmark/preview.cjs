// Runs one Pulumi preview in a separate process:
//   node [loader] preview.cjs FOLDER STACK PROGRAM
// Previews the program that the module PROGRAM exports, and prints JSON:
//   firstMs: until the program registers its first resource (loaders, modules, configuration and planning)
//   totalMs: until the Pulumi engine has exited
//   resources: the number of resources
// Both times are milliseconds since this process started. This file is plain JavaScript, so that the preview of an
// empty program loads no TypeScript.
const { LocalWorkspace } = require("@pulumi/pulumi/automation");

async function main([workDir, stackName, program]) {
  const options = { workDir, envVars: { PULUMI_SKIP_UPDATE_CHECK: "true" } };
  const inline = { stackName, projectName: "livekit", program: () => require(program).program() };
  const stack = await LocalWorkspace.createOrSelectStack(inline, options);
  let [firstMs, resources] = [undefined, 0];
  const onEvent = ({ resourcePreEvent }) => {
    const type = resourcePreEvent?.metadata.type;
    if (type === undefined || type === "pulumi:pulumi:Stack") return;
    firstMs ??= performance.now();
    resources += 1;
  };
  await stack.preview({ onEvent });
  console.log(JSON.stringify({ firstMs, totalMs: performance.now(), resources }));
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
