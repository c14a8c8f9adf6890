/**
 * What servers of TLS show, and what their clients trust. Imported only where
 * it is needed, because to start is measured too.
 */
import { readFileSync } from "node:fs";
import process from "node:process";

const pem = (name) => readFileSync(process.env[name], "utf8");

/** PEM, as every runtime takes it. */
export const credentials = () => ({
  cert: pem("BENCH_CERT"),
  key: pem("BENCH_KEY"),
});

/** PEM: the certificate that signed that one. */
export const root = () => pem("BENCH_ROOT");
