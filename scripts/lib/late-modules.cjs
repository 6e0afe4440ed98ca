// Reduces the load time of @pulumi/pulumi by half or more. That package loads npm's arborist and TypeScript at start,
// but uses them only to serialize functions, which this program never does. This module defers loading both until their
// first use. If TypeScript is not installed, only that first use fails.
const Module = require("node:module");
const { join, sep } = require("node:path");

const lateModules = new Set(["@npmcli/arborist", "typescript"]);
const pulumiFolder = join("node_modules", "@pulumi", "pulumi", sep);
const load = Module._load;

Module._load = (request, parent, isMain) => {
  const real = () => load(request, parent, isMain);
  return lateModules.has(request) && parent?.filename?.includes(pulumiFolder) ? late(real) : real();
};

function late(load) {
  let real;
  const get = (_target, key) => {
    // Without this mark, compiled imports would copy every property, and so load the module.
    if (key === "__esModule") return true;
    real ??= load();
    return real[key];
  };
  return new Proxy({}, { get });
}
