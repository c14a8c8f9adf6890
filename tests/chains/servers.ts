/**
 * Anyport's server on a runtime, verifying the client of each case.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import type { Runtime } from "../runtimes.ts";
import { type ChainCase, pemOf, plain } from "./case.ts";
import { leaf } from "./certificate.ts";
import type { Outcome } from "./verdicts.ts";
import { privateKeyOf } from "./keys.ts";
import { LEAF_KEY, ROOT } from "./parties.ts";
import { halving, programs, run, Talker } from "./processes.ts";

const PROGRAM = fileURLToPath(new URL("programs/server.mjs", import.meta.url));

/** How a server comes to be asked for a certificate, and by which version. */
export interface ServerPath {
  readonly way: "listen" | "start";
  readonly clientAuth: "require" | "request";
  readonly version: "TLSv1.2" | "TLSv1.3";
}

/** What the server prints of a case. */
interface Served extends Outcome {
  /** Whether the handshake was done. */
  readonly handshake?: boolean;
  readonly done?: boolean;
}

/** What a client prints. */
interface Visit {
  readonly port: string;
  readonly received: number;
}

/** Lets the client of each case come to the server. */
export function serveAll(
  runtime: Runtime,
  path: ServerPath,
  cases: readonly ChainCase[],
): Promise<Outcome[]> {
  return halving(
    cases,
    (cases) => serveSome(runtime, path, cases),
    ({ name }, { message }) => ({ name, crashed: message }),
  );
}

async function serveSome(
  runtime: Runtime,
  { way, clientAuth, version }: ServerPath,
  cases: readonly ChainCase[],
): Promise<Outcome[]> {
  const { peer } = await programs();
  const file = await Deno.makeTempFile({ prefix: "anyport-chains-" });
  try {
    await Deno.writeTextFile(file, JSON.stringify(settings(cases)));
    await using server = new Talker(
      runtime.command(PROGRAM, [way, clientAuth, file]),
    );
    const ports = await server.hear<number[]>("listen");
    const visits = cases.flatMap((item, index) =>
      ports[index] === 0
        ? []
        : [JSON.stringify({ ...plain(item), port: `${ports[index]}`, version })]
    );
    const lines = await run(
      { command: peer, args: ["present"] },
      visits.join("\n"),
    );
    const arrived = new Map(
      lines.map((line) => JSON.parse(line) as Visit)
        .map(({ port, received }) => [port, received]),
    );
    const outcomes: Outcome[] = [];
    for (;;) {
      const served = await server.hear<Served>("tell what became of a client");
      if (served.done) return outcomes;
      const index = cases.findIndex(({ name }) => name === served.name);
      const received = arrived.get(`${ports[index]}`) ?? 0;
      outcomes.push(
        clientAuth === "request"
          ? requested(served, received)
          : { ...served, arrived: received },
      );
    }
  } finally {
    await Deno.remove(file);
  }
}

/**
 * With `request` a client that is not verified is let in. It is refused in this
 * sense, and what moves is no fault.
 */
function requested(served: Served, arrived: number): Outcome {
  if (served.trusted || !served.handshake) return { ...served, arrived };
  return {
    name: served.name,
    trusted: false,
    error: "InvalidData not verified",
    ...(served.received === 0 || arrived === 0
      ? { error: "let in, but nothing moves" }
      : {}),
  };
}

function settings(cases: readonly ChainCase[]) {
  const own = leaf({ by: ROOT, key: LEAF_KEY, names: ["localhost"] });
  const key = privateKeyOf(own.key);
  return {
    cases: cases.map(({ name, anchors }) => ({
      name,
      caCerts: anchors.map(pemOf),
    })),
    cert: pemOf(own.der),
    key: `-----BEGIN PRIVATE KEY-----\n${
      key.match(/.{1,64}/g)!.join("\n")
    }\n-----END PRIVATE KEY-----\n`,
  };
}
