import { program } from "./program";

// The language host calls an exported function. Its resolved value becomes the stack's outputs.
export = program;
