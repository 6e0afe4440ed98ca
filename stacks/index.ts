import { program } from "./program";

// The language host looks up source maps for each stack trace, and Pulumi takes one for every input of a resource: a
// third of a preview's time. Sucrase keeps line numbers, so this program has no source maps.
Reflect.deleteProperty(Error, "prepareStackTrace");

// The language host calls an exported function. Its resolved value becomes the stack's outputs.
export = program;
