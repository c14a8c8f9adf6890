/**
 * Connection attempts: time limits, cancellation, and staggered attempts to the addresses
 * of a name (RFC 8305).
 *
 * @module
 */
import { socketError } from "../errno.ts";
import type { Operation, SocketError } from "../../api/errors.ts";
import type {
  Addr,
  Conn,
  ConnectOptions,
  NetAddr,
  UnixAddr,
  WaitOptions,
} from "../../api/stream.ts";
import { Deadline } from "./deadline.ts";
import { knownOptions, OPTIONS } from "../options/option_names.ts";
import { ownOption } from "../options/own_options.ts";
import {
  planConnect,
  type TcpConnectPlan,
  type UnixConnectPlan,
} from "../options/stream.ts";
import type { System } from "../options/system.ts";
import { checkLimits, PendingCall } from "./pending_call.ts";

/** RFC 8305 §5: "recommended to be 250 ms". */
const ATTEMPT_DELAY_MS = 250;

/** How a runtime begins to connect; `isLimited` says whether the attempt may be cancelled. */
export interface Connecting {
  readonly system: System;
  tcp(plan: TcpConnectPlan, isLimited: boolean): Attempt<Conn<NetAddr>>;
  unix(plan: UnixConnectPlan, isLimited: boolean): Attempt<Conn<UnixAddr>>;
}

/** Creates a runtime's `connect()`. */
export function connector(
  { system, tcp, unix }: Connecting,
): (options: ConnectOptions) => Promise<Conn> {
  return async (given) => {
    const options = knownOptions(given, OPTIONS.connect, "connect");
    const plan = planConnect(options, system);
    return await waitForAttempt<Conn>(
      (isLimited) =>
        plan.transport === "tcp" ? tcp(plan, isLimited) : unix(plan, isLimited),
      options,
      plan.address,
    );
  };
}

/** A pending connection attempt. */
export interface Attempt<S> {
  /** Rejects with a {@linkcode SocketError}. */
  readonly promise: Promise<S>;
  /**
   * How many turns without a result make a {@linkcode Deadline} expire; 2 by default.
   */
  readonly quietTurns?: number;
  /** Cancels the attempt, and closes a socket that still connects. */
  cancel(): void;
}

/** An address to try. */
export interface Candidate {
  readonly address: string;
  readonly family: number;
}

/**
 * Waits for an attempt within the limits of `options`; a socket that connects too late
 * is closed.
 *
 * @param start Begins the attempt; `isLimited` says whether it may be cancelled.
 */
export function waitForAttempt<S extends { close(): void }>(
  start: (isLimited: boolean) => Attempt<S>,
  options: WaitOptions,
  address: Addr,
  operation: Operation = "connect",
): Promise<S> {
  const limited = checkLimits(options);
  const attempt = start(limited);
  if (!limited) return attempt.promise;
  const signal = ownOption(options, "signal");
  const timeoutMs = ownOption(options, "timeoutMs") ?? Infinity;
  const pendingCall = new PendingCall<S>();
  const deadline = new Deadline(timeoutMs, () => {
    attempt.cancel();
    pendingCall.reject(
      socketError("ETIMEDOUT", operation, address, {
        reason: `timed out after ${timeoutMs} ms`,
      }),
    );
  }, attempt.quietTurns);
  try {
    pendingCall.limit({ signal }, operation, address, () => {
      deadline.clear();
      attempt.cancel();
    });
  } catch (error) {
    // `signal` is not a real AbortSignal.
    deadline.clear();
    attempt.promise.catch(() => {});
    attempt.cancel();
    throw error;
  }
  attempt.promise.then((conn) => {
    deadline.settle();
    if (pendingCall.settled) conn.close();
    else pendingCall.resolve(conn);
  }, (error) => {
    deadline.settle();
    if (!pendingCall.settled) pendingCall.reject(error);
  });
  return pendingCall.promise;
}

/**
 * Tries addresses with staggered starts (RFC 8305 §5).
 *
 * The next attempt starts when the last one has failed, or has no answer for 250 ms.
 * The first to connect wins, and the others are cancelled. If all fail, the promise
 * rejects with the first error.
 */
export function race<S>(
  candidates: readonly Candidate[],
  begin: (candidate: Candidate) => Attempt<S>,
): Attempt<S> {
  const order = interleave(candidates);
  const running = new Set<Attempt<S>>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let next = 0;
  const cancel = () => {
    clearTimeout(timer);
    next = order.length;
    for (const attempt of running) attempt.cancel();
    running.clear();
  };
  const promise = new Promise<S>((resolve, reject) => {
    let firstError: SocketError | undefined;
    const startNext = () => {
      clearTimeout(timer);
      const attempt = begin(order[next++]);
      running.add(attempt);
      attempt.promise.then((socket) => {
        running.delete(attempt);
        cancel();
        resolve(socket);
      }, (error) => {
        firstError ??= error;
        running.delete(attempt);
        if (next < order.length) startNext();
        else if (running.size === 0) reject(firstError);
      });
      if (next < order.length) timer = setTimeout(startNext, ATTEMPT_DELAY_MS);
    };
    startNext();
  });
  return { promise, cancel };
}

/**
 * RFC 8305 §4: the families alternate, starting with that of the resolver's first
 * address.
 */
function interleave(candidates: readonly Candidate[]): Candidate[] {
  const first = candidates.filter((c) => c.family === candidates[0].family);
  const other = candidates.filter((c) => c.family !== candidates[0].family);
  const order: Candidate[] = [];
  for (let i = 0; i < Math.max(first.length, other.length); i++) {
    if (i < first.length) order.push(first[i]);
    if (i < other.length) order.push(other[i]);
  }
  return order;
}
