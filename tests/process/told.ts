/**
 * What servers of `programs/telling.mjs` tell.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Child } from "./child.ts";

/** How such a server is. */
export interface Report {
  readonly accepted: number;
  readonly active: number;
  readonly closed: Record<string, number>;
  readonly acceptFailures: number;
  readonly descriptors: number;
  readonly heap: number;
  readonly rss: number;
  readonly said: Record<string, number>;
}

/** How the visits of one kind went. */
export interface Visits {
  readonly went: number;
  readonly cut: number;
  readonly stuck: number;
}

/** Asks a server. */
export async function report(server: Child): Promise<Report> {
  await server.hear("report");
  return await server.tells<Report>("report");
}

/** The report once every peer is gone, and the system has what was theirs. */
export async function quiet(
  server: Child,
  descriptors = Infinity,
): Promise<Report> {
  for (let tries = 0;; tries++) {
    const now = await report(server);
    const done = now.active === 0 && now.descriptors <= descriptors;
    if (done || tries === 50) return now;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Lets a server end. */
export async function stop(server: Child): Promise<void> {
  await server.hear("stop");
  await server.says("stopped");
  const { code, stderr } = await server.exit();
  assertEquals([code, stderr], [0, ""]);
}

/** That the server has ended every visit that would not end itself. */
export function assertNobodyStuck(visits: Record<string, Visits>): void {
  for (const [kind, { stuck }] of Object.entries(visits)) {
    assertEquals(stuck, 0, `${kind} was not sent away`);
  }
}

/**
 * That handlers have failed for no other reason than their peers.
 *
 * @param peers The names of the errors that those cause.
 */
export function assertBlameless(
  { said }: Report,
  peers: readonly string[],
): void {
  const events = ["open", "close", "acceptFailed", "acceptResumed"];
  const own = Object.keys(said).filter((word) =>
    ![...events, ...peers].includes(word)
  );
  assertEquals(own, []);
}
