/**
 * Names and addresses that need a network of one's own to be tried: nothing
 * of it leaves that network.
 *
 * @module
 */
import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { type Attempt, outcomes } from "./attempts.ts";
import { DEAD, LINK_LOCAL, Namespace, noNamespace } from "./namespace.ts";
import { NEWEST, onRuntimes, start } from "./program.ts";

const skip = noNamespace;

const LOOPBACKS = ["::1", "127.0.0.1"];

/** How `programs/arrives.mjs` fared. */
interface Arrival {
  readonly at?: string;
  readonly error?: string;
  readonly tookMs: number;
  /** Descriptors that were not there before. */
  readonly leaked: number;
}

/** RFC 8305 §5: what an address has until the next one is tried. */
const ATTEMPT_DELAY_MS = 250;

/** More than any attempt may take, far less than the system's patience. */
const SOON_MS = 3000;

for (
  const [resolver, dns] of [["knows no answer", false], [
    "cannot be asked",
    true,
  ]] as const
) {
  for (const operation of ["listen", "connect"] as const) {
    onRuntimes(
      `${operation}() rejects NotFound when the resolver ${resolver}`,
      { skip },
      async (runtime) => {
        using namespace = new Namespace({ dns });
        const attempt: Attempt = [operation, {
          hostname: "nowhere.invalid",
          port: 8080,
        }];
        const [outcome] = await outcomes(runtime, [attempt], namespace);
        assertEquals(outcome.error, "errors.NotFound");
        assertEquals(outcome.code, "ENOTFOUND");
        assertEquals(
          outcome.message,
          `Cannot ${operation} ${
            operation === "listen" ? "on" : "to"
          } nowhere.invalid:8080: ` +
            "the name does not resolve to an address (ENOTFOUND)",
        );
        assert(outcome.causedBy !== undefined);
      },
    );
  }
}

for (const hostname of LOOPBACKS) {
  onRuntimes(
    `listen() on ${hostname} asks no resolver`,
    // Older versions of Node ask for an address too.
    { only: NEWEST },
    async (runtime) => {
      await using child = start(runtime, "asks_no_resolver", [hostname]);
      assertEquals(await child.line(), `listening ${hostname}`);
      assertEquals((await child.exit()).code, 0);
    },
  );
}

onRuntimes(
  "Listener.addr can be connected to when it has a numeric zone",
  { skip },
  async (runtime) => {
    using namespace = new Namespace();
    await using child = start(runtime, "zone", [LINK_LOCAL], namespace);
    await child.says("arrived");
    assertEquals((await child.exit()).code, 0);
  },
);

for (const hostname of LOOPBACKS) {
  for (const addresses of [LOOPBACKS, LOOPBACKS.toReversed()]) {
    onRuntimes(
      `connect() arrives at ${hostname} when localhost is ${
        addresses.join(" and ")
      } and only that listens`,
      { skip },
      async (runtime) => {
        using namespace = new Namespace({
          hosts: { localhost: addresses, "alive.test": [hostname] },
        });
        await using child = start(
          runtime,
          "arrives",
          [hostname, "localhost"],
          namespace,
        );
        const { at, tookMs, leaked } = await child.tells<Arrival>("arrival");
        assertEquals({ at, leaked }, { at: hostname, leaked: 0 });
        assertLess(tookMs, SOON_MS);
      },
    );
  }
}

onRuntimes(
  "connect() arrives at the second address, and forgets the first, when that does not answer",
  { skip },
  async (runtime) => {
    using namespace = new Namespace({
      hosts: { "two.test": [DEAD, "127.0.0.1"], "alive.test": ["127.0.0.1"] },
    });
    await using child = start(
      runtime,
      "arrives",
      ["127.0.0.1", "two.test"],
      namespace,
    );
    const { at, tookMs, leaked } = await child.tells<Arrival>("arrival");
    assertEquals({ at, leaked }, { at: "127.0.0.1", leaked: 0 });
    // Less would show that the dead address was never tried.
    assertGreater(tookMs, ATTEMPT_DELAY_MS - 50);
    assertLess(tookMs, SOON_MS);
  },
);

onRuntimes(
  "connect() leaves no descriptor behind when no address has answered in time",
  { skip },
  async (runtime) => {
    using namespace = new Namespace({
      hosts: { "dead.test": [DEAD], "alive.test": ["127.0.0.1"] },
    });
    await using child = start(runtime, "arrives", [
      "127.0.0.1",
      "dead.test",
      100,
    ], namespace);
    const { error, tookMs, leaked } = await child.tells<Arrival>("arrival");
    assertEquals({ error, leaked }, { error: "TimedOut", leaked: 0 });
    assertLess(tookMs, SOON_MS);
  },
);

onRuntimes(
  "connectDatagram() takes the first address of a name that this end can have",
  { skip },
  async (runtime) => {
    using namespace = new Namespace({ hosts: { "two.test": LOOPBACKS } });
    const to = { hostname: "two.test", port: 9 };
    const told = await outcomes(runtime, [
      ["connectDatagram", to],
      ["connectDatagram", { ...to, localHostname: "127.0.0.1" }],
      ["connectDatagram", { ...to, localHostname: "::1" }],
    ], namespace);
    const hostnames = told.map(({ address }) =>
      (address as { hostname?: string } | undefined)?.hostname
    );
    assertEquals(hostnames, ["::1", "127.0.0.1", "::1"]);
  },
);
