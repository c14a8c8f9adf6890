import { errors } from "@anyport/sockets";
import { assert, assertEquals, assertThrows } from "@std/assert";
import type {
  Begin,
  Material,
  TlsBackend,
} from "../../../src/core/tls/backend.ts";
import {
  clientWith,
  serverPlanWith,
  serverWith,
} from "../../../src/core/tls/material.ts";
import { planClient, planServer } from "../../../src/core/options/tls.ts";
import { socketError } from "../../../src/core/errno.ts";
import { test } from "../../harness.ts";

const PAIR = { cert: "-----BEGIN X", key: "-----BEGIN Y" };
const CHECKED = { cert: "checked cert", key: "checked key" };
const ROOTS = ["-----BEGIN Z"];
const CHECKED_ROOTS = ["checked root"];
const RAW = "error:0A00018F:SSL routines::ee key too small";

/** What an engine was made with. */
interface Made extends Begin {
  readonly of?: Material;
}

/** Checks everything to be something else, and makes engines that tell of what. */
function enginesWith(failure?: () => Error): TlsBackend {
  const make = (of: Material): Made => {
    if (failure !== undefined) throw failure();
    return Object.assign((() => {}) as unknown as Begin, { of });
  };
  return {
    check: (_operation, { pair, caCerts }) => ({
      pair: pair && CHECKED,
      caCerts: caCerts && CHECKED_ROOTS,
    }),
    client: ({ pair, caCerts }) => make({ pair, caCerts }),
    server: ({ credentials: { caCerts } }, pair) => make({ pair, caCerts }),
    unsupported: ({ suites }) => suites.length < 9 ? "it cannot" : undefined,
    listensFirst: false,
  };
}

const client = (options = {}) =>
  planClient({ ...PAIR, caCerts: ROOTS, ...options }, "localhost");
const server = (options = {}) =>
  planServer({ ...PAIR, caCerts: ROOTS, ...options });

test(
  "clientWith() and serverWith() pass the checked certificates to the engine, and no others",
  {},
  async () => {
    const engines = enginesWith();
    const checked = { pair: CHECKED, caCerts: CHECKED_ROOTS };
    assertEquals(
      (clientWith(engines, "startTls", client()) as Made).of,
      checked,
    );
    const plan = serverPlanWith(engines, "listenTls", server());
    assertEquals(
      (serverWith(engines, "reload", plan, PAIR) as Made).of,
      checked,
    );
    await Promise.resolve();
  },
);

test(
  "clientWith() and serverWith() throw InvalidData of the operation when the engine throws",
  {},
  async () => {
    const cause = new Error(RAW);
    const engines = enginesWith(() => cause);
    const plan = serverPlanWith(engines, "listenTls", server());
    for (
      const run of [
        () => clientWith(engines, "connectTls", client()),
        () => serverWith(engines, "connectTls", plan, PAIR),
      ]
    ) {
      const error = assertThrows(run, errors.InvalidData);
      assertEquals([error.code, error.operation], ["EBADMSG", "connectTls"]);
      assert(error.message.includes(": ee key too small ("), error.message);
      assertEquals(error.cause, cause);
    }
    const own = socketError("EBADMSG", "handshake", undefined);
    const others = enginesWith(() => own);
    const error = assertThrows(
      () => clientWith(others, "connectTls", client()),
      errors.InvalidData,
    );
    assertEquals(error, own);
    await Promise.resolve();
  },
);

test(
  "clientWith() and serverPlanWith() throw NotSupported before any check when the runtime cannot do it",
  {},
  async () => {
    const engines: TlsBackend = {
      ...enginesWith(),
      check: () => {
        throw new Error("it was checked");
      },
    };
    const options = { ciphers: ["TLS_AES_128_GCM_SHA256"] };
    for (
      const run of [
        () => clientWith(engines, "connectTls", client(options)),
        () => serverPlanWith(engines, "connectTls", server(options)),
      ]
    ) {
      const error = assertThrows(run, errors.NotSupported);
      assertEquals([error.code, error.operation], ["ENOTSUP", "connectTls"]);
      assert(error.message.includes("it cannot"), error.message);
    }
    await Promise.resolve();
  },
);
