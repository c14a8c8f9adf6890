/**
 * A server of every case, with the file that tells clients where they are.
 *
 * @module
 */
import { type ChainCase, pemOf, plain } from "./case.ts";
import { leaf } from "./certificate.ts";
import { programs, Talker } from "./processes.ts";
import { LEAF_KEY, ROOT } from "./parties.ts";

/** What has come to the server of one case. */
export interface Tally {
  readonly connections: number;
  /** Bytes of the application. */
  readonly received: number;
}

/** The running server. */
export interface Serving extends AsyncDisposable {
  /** For programs: see `programs/client.mjs`. */
  readonly file: string;
  /** What has come to each, in the order of the cases, once all are gone. */
  tallies(): Promise<Tally[]>;
}

/** How clients come to servers: see `programs/client.mjs`. */
export type Path =
  | "tcp13"
  | "tcp12"
  | "unix13"
  | "start13"
  | "start12"
  | "inner13";

/** Says what a program is given for a case. */
export interface ServingOptions {
  /** Whether clients are given `caCerts`; by default they are. */
  readonly caCerts?: boolean;
}

/** Starts a server of every case on a path. */
export async function serving(
  cases: readonly ChainCase[],
  path: Path,
  { caCerts = true }: ServingOptions = {},
): Promise<Serving> {
  const { peer } = await programs();
  const folder = await Deno.makeTempDir({ prefix: "anyport-chains-" });
  const outer = leaf({ by: ROOT, key: LEAF_KEY, names: ["outer.example"] });
  const kind = path.replace(/^(start|inner)1\d$/, "$1");
  await Deno.writeTextFile(
    `${folder}/cases.json`,
    JSON.stringify({
      cases: cases.map(plain),
      outer: plain({ ...OUTER, sent: [outer.der], key: outer.key }),
    }),
  );
  const server = new Talker({
    command: peer,
    args: ["serve", `${folder}/cases.json`, kind],
  });
  const file = `${folder}/plan.json`;
  await Deno.writeTextFile(
    file,
    JSON.stringify({
      cases: cases.map(({ name, host, anchors }) => ({
        name,
        host,
        ...(caCerts ? { caCerts: anchors.map(pemOf) } : {}),
      })),
      places: await server.hear<string[]>("listen"),
      outerCa: pemOf(ROOT.der),
    }),
  );
  return {
    file,
    async tallies() {
      const all = await server.ask<Record<number, Tally>>("take");
      return cases.map((_, index) =>
        all[index] ?? { connections: 0, received: 0 }
      );
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** What carries the other connection of TLS in TLS. */
const OUTER: ChainCase = {
  name: "outer",
  rule: "none",
  anchors: [],
  sent: [],
  host: "outer.example",
  purpose: "server",
  expected: "accept",
  key: LEAF_KEY,
};
