/**
 * Serving, loaded when it is first asked for.
 *
 * In one piece: a program that was told it is served may be told to stop at once.
 *
 * @module
 */
export { serveOn } from "./serve.ts";
export { stopAtSignals } from "./signals.ts";
