import { join } from "node:path";
import { fromProject, kindOf } from "../../scripts/testing/kinds";

// Jest has one limit for all projects: each kind sets its own. No module of the program is loaded here: some tests set the
// environment that it reads first.
const file = fromProject(join(__dirname, "../.."), expect.getState().testPath ?? "");
jest.setTimeout((kindOf(file)?.limitSeconds ?? 0) * 1000);
