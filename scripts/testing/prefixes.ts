/** Prefix of the containers, networks and volumes that tests create, before the number of the test's stack. */
export const testPrefix = "stack-test-";

/** Prefix of the temporary folders in which tests rehearse. */
export const rehearsalPrefix = "livekit-rehearsal-";
