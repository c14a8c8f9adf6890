/**
 * Serving, loaded when it is first asked for.
 *
 * @module
 */
export { serveOn } from "./serve.ts";
export { stopAtSignals } from "./signals.ts";
