import { join } from "node:path";
import { fromProject, kindOf } from "../../scripts/testing/kinds";

// Jest has one time limit for all projects, so this file sets the limit of the test file's kind. It loads no module of
// the program: some tests first set environment variables that those modules read when they load.
const file = fromProject(join(__dirname, "../.."), expect.getState().testPath ?? "");
jest.setTimeout((kindOf(file)?.limitSeconds ?? 0) * 1000);
