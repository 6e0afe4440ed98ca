// Loads @pulumi/pulumi in half the time or less. It requires npm's arborist and TypeScript at start, but uses them only
// to serialize functions, for which this program has no need. Here they load when something first uses them.
const Module = require("node:module");
const { join } = require("node:path");

const lateModules = new Set(["@npmcli/arborist", "typescript"]);
const pulumiFolder = join("node_modules", "@pulumi", "pulumi");
const load = Module._load;

Module._load = (request, parent, isMain) => {
  const real = () => load(request, parent, isMain);
  return lateModules.has(request) && parent?.filename?.includes(pulumiFolder) ? late(real) : real();
};

function late(load) {
  let real;
  const get = (_target, key) => {
    // Compiled imports copy every property of a module that is not marked as an ES module.
    if (key === "__esModule") return true;
    real ??= load();
    return real[key];
  };
  return new Proxy({}, { get });
}
