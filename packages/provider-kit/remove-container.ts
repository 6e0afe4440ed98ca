import type { Container } from "dockerode";

type EngineError = Error & { readonly statusCode?: number };

/** Removes a container. Succeeds if it no longer exists, and waits if another process is removing it. */
export async function removeContainer(container: Container): Promise<void> {
  try {
    await container.remove({ force: true, v: true }).catch((error: EngineError) => {
      if (error.statusCode !== 409 || !error.message.includes("in progress")) throw error;
      return container.wait({ condition: "removed" });
    });
  } catch (error) {
    if ((error as EngineError).statusCode !== 404) throw error;
  }
}
