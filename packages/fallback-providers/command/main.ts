import { version } from "@pulumi/command/package.json";
import { serve } from "../../provider-kit/server";
import { command } from "./command";

serve({ name: "command", version, types: [command], configuration: [] });
