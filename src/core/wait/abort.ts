/**
 * Many waiting calls on one signal, with one listener.
 *
 * A server hands the same signal to every call; Node 20 warns of a leak from
 * the eleventh listener on. The listener goes with the last call, because on
 * Deno one left on `AbortSignal.timeout()` keeps the process alive.
 *
 * @module
 */

interface Watch {
  readonly calls: Set<(reason: unknown) => void>;
  readonly listener: () => void;
}

const watches = new WeakMap<AbortSignal, Watch>();

/** Calls back once the signal aborts, in the order of the calls to this. */
export function onAbort(
  signal: AbortSignal,
  call: (reason: unknown) => void,
): void {
  let watch = watches.get(signal);
  if (watch === undefined) {
    const calls = new Set<(reason: unknown) => void>();
    const listener = () => {
      watches.delete(signal);
      for (const call of calls) {
        try {
          call(signal.reason);
        } catch {
          // Thrown to the runtime, it would end the process, and the others' waiting
          // would go on.
        }
      }
    };
    watch = { calls, listener };
    watches.set(signal, watch);
    signal.addEventListener("abort", listener, { once: true });
  }
  watch.calls.add(call);
}

/** Takes a callback back; without effect where it has been called. */
export function offAbort(
  signal: AbortSignal,
  call: (reason: unknown) => void,
): void {
  const watch = watches.get(signal);
  if (watch === undefined || !watch.calls.delete(call)) return;
  if (watch.calls.size > 0) return;
  watches.delete(signal);
  signal.removeEventListener("abort", watch.listener);
}
