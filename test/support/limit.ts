import { join } from "node:path";
import { fromProject, kindOf } from "../../scripts/testing/kinds";

// Jest has one time limit for all projects, so each kind sets its own here. This file loads no module of the program,
// because some tests set the environment first, which the program's modules read.
const file = fromProject(join(__dirname, "../.."), expect.getState().testPath ?? "");
jest.setTimeout((kindOf(file)?.limitSeconds ?? 0) * 1000);
