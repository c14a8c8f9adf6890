/**
 * The server's side of a handshake up to where the cryptography begins: what the
 * client asks for, and which certificate it is shown.
 *
 * @module
 */
import type { Operation, SocketError, TlsReason } from "../../api/errors.ts";
import type { Addr, Chunk } from "../../api/stream.ts";
import type { TlsCredentials, TlsKeyPair } from "../../api/tls.ts";
import { alertRecord } from "./alerts.ts";
import { checkPair, pairFor, type ServerPlan } from "../options/tls.ts";
import { bare, listed, quoted } from "../shown.ts";
import type { Begin, TlsBackend } from "./backend.ts";
import {
  HANDSHAKE_RECORD,
  type Hello,
  HelloReader,
  MalformedHello,
} from "./client_hello.ts";
import type { TlsConnBackend } from "./conn_backend.ts";
import { serverPlanWith, serverWith } from "./material.ts";
import { nameRefusal } from "./server_name.ts";

/** Alerts (RFC 8446 §6), as they go out before anything is encrypted. */
const PROTOCOL_VERSION = 70;
const INTERNAL_ERROR = 80;
const UNRECOGNIZED_NAME = 112;
const NO_APPLICATION_PROTOCOL = 120;

/** Why a client is refused before a certificate is shown to it. */
interface Refusal {
  readonly alert: number;
  readonly reason: string;
  /** Why it is TLS that fails, where that is it. */
  readonly why?: TlsReason;
  readonly cause?: unknown;
}

/** A server, ready for handshakes. */
export class Acceptor {
  readonly plan: ServerPlan;
  readonly #tlsBackend: TlsBackend;
  readonly #byDefault: Begin | undefined;
  readonly #byName = new Map<TlsKeyPair, Begin>();
  /** Whether it matters what a client asks for. */
  readonly #listens: boolean;

  /**
   * @throws {SocketError} EBADMSG, a certificate that cannot be used; ENOTSUP, an
   *   option
   */
  constructor(given: ServerPlan, tlsBackend: TlsBackend, operation: Operation) {
    const plan = serverPlanWith(tlsBackend, operation, given);
    this.plan = plan;
    this.#tlsBackend = tlsBackend;
    const { pair, names, choose } = plan.credentials;
    // All of them are checked now: later no call is there to reject.
    this.#byDefault = pair && serverWith(tlsBackend, operation, plan, pair);
    for (const [name, named] of names) {
      this.#byName.set(
        named,
        serverWith(tlsBackend, operation, plan, named, name),
      );
    }
    this.#listens = tlsBackend.listensFirst || names.size > 0 ||
      choose !== undefined;
  }

  /**
   * Begins a handshake, as soon as it is known with which certificate.
   *
   * @param queue Calls back when there is a place for one more handshake; left out
   *   where there always is. A peer that has sent no whole ClientHello takes none.
   */
  async accept(
    backend: TlsConnBackend<Addr>,
    queue: ((enter: () => void) => void) | undefined,
  ): Promise<void> {
    if (!this.#listens && queue === undefined) {
      return backend.begin(this.#byDefault!);
    }
    const reader = new HelloReader();
    let hello: Hello | MalformedHello | null | undefined;
    do {
      let chunk: Chunk | null;
      try {
        chunk = await backend.transport.incoming.readChunk();
      } catch (error) {
        return backend.broken(error as SocketError, true);
      }
      if (chunk === null) return backend.cutOff();
      hello = reader.take(chunk);
    } while (hello === undefined);
    backend.hasHello = true;
    const refusal = this.#refusalOf(hello);
    if (refusal !== undefined) return refuse(backend, refusal);
    const asked = hello as Hello | null;
    const go = async () => {
      const answer = this.#answerTo(asked, reader.bytes[0]);
      const found = answer instanceof Promise ? await answer : answer;
      if (typeof found === "function") backend.begin(found, [reader.bytes]);
      else refuse(backend, found);
    };
    if (queue === undefined) await go();
    else queue(() => void go());
  }

  /** Why a client is refused whatever certificate there may be. */
  #refusalOf(hello: Hello | MalformedHello | null): Refusal | undefined {
    if (hello === null) return undefined;
    if (hello instanceof MalformedHello) {
      return { alert: hello.alert, reason: hello.message, why: "bad-record" };
    }
    const named = nameRefusal(this.plan, hello.serverName);
    if (named !== undefined) {
      const { message, why } = named;
      return { alert: UNRECOGNIZED_NAME, reason: message, why };
    }
    const { alpnProtocols, minVersion } = this.plan;
    const isOld = minVersion === "TLSv1.3" ? !hello.speaks13 : !hello.speaks12;
    if (isOld) {
      const version = minVersion.replace("v", " ");
      return {
        alert: PROTOCOL_VERSION,
        reason: `the client has no ${version}`,
        why: "protocol-version",
      };
    }
    if (
      alpnProtocols.length > 0 && hello.alpnProtocols.length > 0 &&
      !hello.alpnProtocols.some((name) => alpnProtocols.includes(name))
    ) {
      return {
        alert: NO_APPLICATION_PROTOCOL,
        reason: `the client speaks ${listed(hello.alpnProtocols)}, this end ${
          listed(alpnProtocols)
        }`,
        why: "no-application-protocol",
      };
    }
    return undefined;
  }

  /** A promise never rejects. */
  #answerTo(
    hello: Hello | null,
    first: number,
  ): Begin | Refusal | Promise<Begin | Refusal> {
    // What is no TLS is left to the engine to refuse, if there is one.
    if (hello === null) {
      return this.#byDefault ?? {
        alert: INTERNAL_ERROR,
        reason: "what came is no ClientHello",
        why: first === HANDSHAKE_RECORD ? "bad-record" : "not-tls",
      };
    }
    const { credentials } = this.plan;
    const pair = pairFor(credentials, hello);
    if (pair !== undefined) return this.#byName.get(pair)!;
    return credentials.choose === undefined
      ? this.#answerByDefault(hello)
      : this.#chosen(credentials.choose, hello);
  }

  async #chosen(
    choose: NonNullable<TlsCredentials["chooseCertificate"]>,
    hello: Hello,
  ): Promise<Begin | Refusal> {
    const { serverName, alpnProtocols } = hello;
    try {
      const given = await choose({ serverName, alpnProtocols });
      if (given === undefined) return this.#answerByDefault(hello);
      const pair = checkPair(
        given,
        serverName === null ? "a client" : bare(serverName),
      );
      return serverWith(this.#tlsBackend, "handshake", this.plan, pair);
    } catch (cause) {
      return {
        alert: INTERNAL_ERROR,
        reason: "chooseCertificate gave no certificate that can be used",
        cause,
      };
    }
  }

  #answerByDefault(hello: Hello): Begin | Refusal {
    return this.#byDefault ?? {
      alert: UNRECOGNIZED_NAME,
      reason: hello.serverName === null
        ? "the client names no server"
        : `there is no certificate for ${quoted(hello.serverName)}`,
      why: "unrecognized-name",
    };
  }
}

function refuse(
  backend: TlsConnBackend<Addr>,
  { alert, reason, why, cause }: Refusal,
): void {
  // A peer that is gone needs none.
  backend.transport.outgoing.write(alertRecord(alert)).catch(() => {});
  const tls = why && { reason: why };
  backend.fail({ code: "EPROTO", reason, cause, tls });
}

/** Lets so many in, and the others when those have left, in the order in which they came. */
export class HandshakeLimiter {
  readonly #places: number;
  readonly #waiting = new Set<() => void>();
  #inside = 0;

  constructor(places: number) {
    this.#places = places;
  }

  /** Calls `enter` when there is a place. @returns Leaves it, or gives up the waiting. */
  queue(enter: () => void): () => void {
    let inside = false;
    const come = () => {
      inside = true;
      this.#inside++;
      enter();
    };
    if (this.#inside < this.#places) come();
    else this.#waiting.add(come);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      if (!inside) {
        this.#waiting.delete(come);
        return;
      }
      this.#inside--;
      const [next] = this.#waiting;
      if (next === undefined) return;
      this.#waiting.delete(next);
      next();
    };
  }
}
