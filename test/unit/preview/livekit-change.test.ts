import { formatLiveKitChange, type LiveKitChange, parseLiveKitChange } from "../../../model/preview/livekit-change";

const configuration = "3fa9c1d2";
const drain = { changePolicy: "drain", drainTimeoutSeconds: 1800, configuration } as const;

test.each<LiveKitChange>([
  { changePolicy: "restart", configuration },
  { ...drain, mayHaveOthers: true },
  { ...drain, mayHaveOthers: false },
])("formatting and then parsing the LiveKit change %j returns an equal change", (change) => {
  expect(parseLiveKitChange(formatLiveKitChange(change))).toEqual(change);
});

test.each<[string, LiveKitChange]>([
  ["restarts: running calls are cut and rejoin", { changePolicy: "restart", configuration }],
  ["drains: no new rooms for up to 1800 s, running calls go on that long", { ...drain, mayHaveOthers: false }],
  [
    "drains: new rooms go to other nodes, if there are any, for up to 1800 s, running calls go on that long",
    { ...drain, mayHaveOthers: true },
  ],
])("parses the sentence that release 0.1.0 wrote for a LiveKit change: %s", (sentence, change) => {
  expect(parseLiveKitChange(`${sentence}; configuration ${configuration}`)).toEqual(change);
});

test.each(["", "configuration=3fa9c1d2", "changePolicy=drain configuration=3fa9c1d2", "changePolicy=none"])(
  "returns undefined for the unknown LiveKit change %j",
  (line) => {
    expect(parseLiveKitChange(line)).toBeUndefined();
  },
);
