import { program } from "./program";

// Turns off source maps. Pulumi takes a stack trace for every input of a resource, and looking up source maps for them
// takes a third of a preview's time. Line numbers stay correct, because Sucrase keeps them.
Reflect.deleteProperty(Error, "prepareStackTrace");

// Pulumi's language host calls the exported function. Its resolved value becomes the stack's outputs.
export = program;
