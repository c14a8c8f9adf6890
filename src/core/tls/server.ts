/**
 * The server side of a handshake before the cryptography begins: reads the ClientHello
 * and chooses the certificate.
 *
 * @module
 */
import type { Operation, SocketError, TlsReason } from "../../api/errors.ts";
import type { Addr, Chunk } from "../../api/stream.ts";
import type { TlsCredentials, TlsKeyPair } from "../../api/tls.ts";
import { alertRecord } from "./reasons.ts";
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

/** Alerts (RFC 8446 §6), sent before anything is encrypted. */
const PROTOCOL_VERSION = 70;
const INTERNAL_ERROR = 80;
const UNRECOGNIZED_NAME = 112;
const NO_APPLICATION_PROTOCOL = 120;

/** Why a client is refused before the server presents a certificate. */
interface Refusal {
  readonly alert: number;
  readonly reason: string;
  /** The reason, if TLS itself fails. */
  readonly why?: TlsReason;
  readonly cause?: unknown;
}

/** A server that is ready for handshakes. */
export class Acceptor {
  readonly plan: ServerPlan;
  readonly #tlsBackend: TlsBackend;
  readonly #byDefault: Begin | undefined;
  readonly #byName = new Map<TlsKeyPair, Begin>();
  /** Whether the ClientHello is read before the handshake begins. */
  readonly #listens: boolean;

  /**
   * @throws {SocketError} EBADMSG, an unusable certificate; ENOTSUP, an unsupported
   *   option
   */
  constructor(given: ServerPlan, tlsBackend: TlsBackend, operation: Operation) {
    const plan = serverPlanWith(tlsBackend, operation, given);
    this.plan = plan;
    this.#tlsBackend = tlsBackend;
    const { pair, names, choose } = plan.credentials;
    // All certificates are checked now: later there is no call to reject.
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
   * Begins a handshake, as soon as its certificate is known.
   *
   * @param queue Calls back when one more handshake may begin; omitted if there is no
   *   limit. A peer that has not sent a whole ClientHello takes no place.
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
      if (chunk === null) return backend.truncated();
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

  /** Returns why a client is refused, whatever the certificate. */
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
    const isOld = !hello.speaks13 &&
      (minVersion === "TLSv1.3" || !hello.speaks12);
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

  /** Returns the handshake to begin, or a refusal. A promise never rejects. */
  #answerTo(
    hello: Hello | null,
    first: number,
  ): Begin | Refusal | Promise<Begin | Refusal> {
    // If there is a default certificate, its engine refuses what is not TLS.
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
  // A peer that is gone needs no alert.
  backend.transport.outgoing.write(alertRecord(alert)).catch(() => {});
  const tls = why && { reason: why };
  backend.fail({ code: "EPROTO", reason, cause, tls });
}

/** Limits how many handshakes run at a time; the others wait in the order of arrival. */
export class HandshakeLimiter {
  readonly #places: number;
  readonly #waiting = new Set<() => void>();
  #inside = 0;

  constructor(places: number) {
    this.#places = places;
  }

  /**
   * Calls `enter` when there is a place. @returns Frees the place, or cancels the wait.
   */
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
