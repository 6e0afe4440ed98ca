import { program } from "./program";

// The language host calls an exported function and takes what it resolves to as the stack's outputs.
export = program;
