/**
 * Registers conformance cases as tests of the runtime that runs this module.
 *
 * @module
 */
import {
  connect,
  connectDatagram,
  connectTls,
  listen,
  listenDatagram,
  listenTls,
  serve,
  startTls,
} from "@anyport/sockets";
import { test } from "../harness.ts";
import { missing } from "./capabilities.ts";
import type { Case } from "./case.ts";

const net = {
  listen,
  connect,
  serve,
  listenDatagram,
  connectDatagram,
  listenTls,
  connectTls,
  startTls,
};

/** Registers the cases that some modules export: every array of cases. */
export function registerCases(modules: readonly object[]): void {
  for (const { name, needs = [], run } of modules.flatMap(casesOf)) {
    const skip = needs.map(missing).find((reason) => reason !== undefined);
    test(name, { skip }, () => run(net));
  }
}

function casesOf(module: object): Case[] {
  return Object.values(module).filter(isCases).flat();
}

function isCases(value: unknown): value is Case[] {
  return Array.isArray(value) &&
    value.every((one) => typeof one?.run === "function");
}
