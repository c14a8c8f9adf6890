/**
 * Registering tests with the runtime's own runner.
 *
 * On Deno that is `Deno.test`, whose sanitizers `node:test` would go around;
 * elsewhere what the tests left open is noticed by the process not ending.
 *
 * @module
 */
import process from "node:process";
import { test as nodeTest } from "node:test";
import {
  clearTimeout as clearNodeTimeout,
  setTimeout as setNodeTimeout,
} from "node:timers";

/** What is passed to the runner beside the test itself. */
export interface TestOptions {
  /** Why the test cannot run here; it is then reported as skipped. */
  readonly skip?: string | undefined;
  /** Milliseconds that it may take, where 30 s are too few. */
  readonly limitMs?: number | undefined;
}

/** Registers one test. */
export type Register = (
  name: string,
  options: TestOptions,
  run: () => Promise<void>,
) => void;

/** Milliseconds after which a test that hangs is ended. */
const LIMIT_MS = 30_000;

/** Registers a test with the runtime that runs this module. */
export const test: Register = (name, { skip, limitMs = LIMIT_MS }, run) => {
  // Not every runner tells the reason for a skip, so the name does.
  const title = skip === undefined ? name : `${name} # ${skip}`;
  const ignore = skip !== undefined;
  if (typeof Deno === "object") {
    Deno.test(title, { ignore }, () => limited(run, limitMs));
  } else {
    if (!ignore) toRun++;
    goOn();
    nodeTest(title, { skip: ignore }, async () => {
      try {
        await limited(run, limitMs);
      } finally {
        if (--toRun === 0) expectEnd();
      }
    });
  }
};

/** Milliseconds that a process may take to end once its tests have run. */
const END_LIMIT_MS = 5_000;

/** How many tests have been registered and have not run. */
let toRun = 0;

/** Where the timer is that ends the process: Bun runs several files in one. */
const ENDING = Symbol.for("anyport.tests.ending");

type Ending = { [ENDING]?: ReturnType<typeof setNodeTimeout> };

/** Ends the process with an error, unless it ends by itself. */
function expectEnd(): void {
  const timer = setNodeTimeout(() => {
    const open = process.getActiveResourcesInfo().join(", ");
    console.error(`The tests left open: ${open}`);
    process.exit(1);
  }, END_LIMIT_MS);
  timer.unref();
  (globalThis as Ending)[ENDING] = timer;
}

/** There are more tests, of another file. */
function goOn(): void {
  clearNodeTimeout((globalThis as Ending)[ENDING]);
}

/** A promise that never settles fails, instead of ending the process or hanging it. */
async function limited(
  run: () => Promise<void>,
  limitMs: number,
): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`Still running after ${limitMs} ms`)),
      limitMs,
    );
  });
  try {
    await Promise.race([run(), limit]);
  } finally {
    clearTimeout(timer);
  }
}
