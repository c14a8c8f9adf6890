/**
 * Every client with every server, over every transport: a test each.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { test } from "../harness.ts";
import {
  digitsOf,
  goodReport,
  goodVerdict,
  payload as makePayload,
  type Transport,
} from "./dialogue.ts";
import { compilePeers } from "./peers.ts";
import { Place } from "./place.ts";
import { type Client, common, type ServerProgram } from "./programs.ts";

const TRANSPORTS: readonly [Transport, string][] = [
  ["tcp4", "TCP"],
  ["tcp6", "TCP over IPv6"],
  ["unix", "Unix socket"],
];

/** Registers the tests, and what starts and stops the servers around them. */
export function testPairs(
  clients: readonly Client[],
  programs: readonly ServerProgram[],
): void {
  const payload = makePayload();
  const places: Place[] = [];
  let folder: string;
  let talks = 0;

  Deno.test.beforeAll(async () => {
    folder = await Deno.makeTempDir({ prefix: "anyport-interop-" });
    await Deno.writeFile(`${folder}/payload`, payload);
    await compilePeers(folder);
    await Promise.all(places.map((place, i) => place.open(folder, String(i))));
  });

  Deno.test.afterAll(async () => {
    await Promise.all(places.map((place) => place.close()));
    await Deno.remove(folder, { recursive: true });
  });

  for (const program of programs) {
    for (const [transport, title] of TRANSPORTS) {
      const place = new Place(program, transport);
      places.push(place);
      for (const client of clients) {
        test(
          `${client.name} ↔ ${program.name}, ${title}`,
          { skip: client.skip ?? place.skip },
          () => pair(client, place),
        );
      }
    }
  }

  async function pair(client: Client, place: Place): Promise<void> {
    const { server, host, program, transport } = place;
    const digits = digitsOf(++talks);
    const exchanges = common(client.abilities, program.abilities, transport);
    try {
      const verdicts = await client.hold({
        host,
        port: server.port,
        exchanges,
        digits,
        payload,
        payloadFile: `${folder}/payload`,
        folder,
      });
      assertEquals(verdicts.map((verdict) => verdict.exchange), exchanges);
      for (const verdict of verdicts) {
        assertEquals(verdict, goodVerdict(verdict));
      }
      if (exchanges.includes("C")) {
        const report = await server.report(digits);
        assertEquals(report, goodReport(report));
      }
    } catch (error) {
      const log = server.log();
      if (log === "") throw error;
      throw new Error(`The server had written\n${log}`, { cause: error });
    }
  }
}
