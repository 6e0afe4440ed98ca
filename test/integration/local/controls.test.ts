import { TestStack } from "../../support/stack";
import { containerControls } from "./controls/containers";
import { edgeControls } from "./controls/edge";
import { encryptionControls } from "./controls/encryption";
import { portControls } from "./controls/ports";
import { relayControls } from "./controls/relay";
import { examine, type Subject } from "./controls/subject";

const stack = new TestStack(1);
let subject: Subject;

beforeAll(async () => {
  await stack.start();
  subject = await examine(stack);
}, 900_000);

afterAll(() => stack.remove());

describe("ports", () => portControls(() => subject));
describe("encryption", () => encryptionControls(() => subject));
describe("containers", () => containerControls(() => subject));
describe("nginx", () => edgeControls(() => subject));
describe("Coturn", () => relayControls(() => subject));
