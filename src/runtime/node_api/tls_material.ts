/**
 * Checks the local certificates and keys, and the trusted roots.
 *
 * Without this check, Deno accepts any of them, and Node accepts a key of another type
 * than the certificate's. Every handshake then fails (seen with 2.9 and with 20 to 24).
 * All runtimes refuse the same, except for features that some do not support.
 *
 * @module
 */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { bareOptions } from "../../core/options/own_options.ts";
import type { Material, TlsBackend } from "../../core/tls/backend.ts";
import {
  type Certificate,
  isSelfIssued,
  OldVersionError,
  readCertificate,
  signsHandshakes,
} from "../../core/tls/certificate.ts";
import { readKey as readPublicKey } from "../../core/tls/certificate_keys.ts";
import { DerReader, TAG } from "../../core/tls/der.ts";
import { certificatesIn, privateKeyIn, writePem } from "../../core/tls/pem.ts";
import { socketError } from "../../core/errno.ts";
import { type Operation, SocketError } from "../../api/errors.ts";
import type { TlsKeyPair } from "../../api/tls.ts";
import { Ready } from "./tls_certificates.ts";
import { flawOfAnchors } from "./tls_verify.ts";

/** Features that some runtimes do not support. */
export interface Abilities {
  readonly rsaPss: boolean;
  /** Critical extensions about policies (RFC 5280 §4.2.1.4). */
  readonly policies: boolean;
}

/** Creates the `TlsBackend.check` of a runtime. */
export function materialCheck(abilities: Abilities): TlsBackend["check"] {
  const pairs = new Ready<TlsKeyPair>();
  const roots = new Ready<readonly string[]>();
  const lists = new Ready<readonly string[]>();
  return (operation, { pair, caCerts }, whose): Material => {
    const check = <T>(name: string, read: () => T): T => {
      try {
        return read();
      } catch (cause) {
        if (cause instanceof SocketError) throw cause;
        throw unusable(operation, name, cause);
      }
    };
    const of = whose === undefined ? "" : ` for ${whose}`;
    return {
      pair: pair && pairs.get(`${pair.cert}\0${pair.key}`, () => {
        const chain = check(
          `cert${of}`,
          () => readChain(pair.cert, abilities),
        );
        const cert = chain.map((der) => writePem("CERTIFICATE", der)).join("");
        const key = check(`key${of}`, () => readKey(pair.key, chain[0]));
        return { cert, key };
      }),
      caCerts: caCerts &&
        lists.get(JSON.stringify(caCerts), () =>
          check("caCerts", () => {
            const found = caCerts.flatMap((text) =>
              roots.get(
                text,
                () =>
                  check("one of caCerts", () =>
                    certificatesIn(text).map((der) => {
                      checkRoot(der);
                      readNatively(der);
                      return writePem("CERTIFICATE", der);
                    })),
              )
            );
            const flaw = flawOfAnchors(found);
            if (flaw !== undefined) {
              throw new Error(`none can be an anchor: ${flaw}`);
            }
            return found;
          })),
    };
  };
}

function unusable(operation: Operation, name: string, cause: unknown): Error {
  return socketError("EBADMSG", operation, undefined, {
    // The reason contains the message of `cause`; the cause is then the runtime's own
    // error.
    cause: cause instanceof Error ? cause.cause : cause,
    reason: `${name} cannot be used: ${
      cause instanceof Error ? cause.message : String(cause)
    }`,
  });
}

/** Checks and returns the certificates of `cert`, the leaf first. */
function readChain(text: string, abilities: Abilities): Uint8Array[] {
  const chain = certificatesIn(text);
  chain.forEach((der, at) => {
    const certificate = readCertificate(der);
    readNatively(der);
    checkKey(certificate, abilities);
    checkSignature(certificate);
    if (at === 0) checkExtensions(certificate, abilities);
  });
  return chain;
}

/**
 * Checks that a root is well-formed. Old versions are accepted, because lists of roots
 * contain them; they are not used as anchors.
 */
function checkRoot(der: Uint8Array): void {
  try {
    readCertificate(der);
  } catch (error) {
    if (!(error instanceof OldVersionError)) throw error;
  }
}

/**
 * Parses a certificate by the runtime. The library's checks come first, because their
 * errors are clearer.
 */
function readNatively(der: Uint8Array): X509Certificate {
  try {
    return new X509Certificate(der);
  } catch (cause) {
    throw new Error("it is no certificate that the runtime can read", {
      cause,
    });
  }
}

/** Checks a key, and returns it in PEM, as the backend gets it. */
function readKey(text: string, leaf: Uint8Array): string {
  const { label, der } = privateKeyIn(text);
  // Refuses bytes after the key: OpenSSL ignores them, other libraries do not.
  const all = new DerReader(der);
  all.read(TAG.sequence);
  all.end();
  const pem = writePem(label, der);
  let key: ReturnType<typeof createPrivateKey>;
  try {
    key = createPrivateKey(
      bareOptions({ key: pem, format: "pem" as const }),
    );
  } catch (cause) {
    throw new Error("it is no key that the runtime can read", { cause });
  }
  if (!new X509Certificate(leaf).checkPrivateKey(key)) {
    throw new Error("it is not the certificate's");
  }
  return pem;
}

/** The longest RSA key of Deno (seen with 2.9). */
const MAX_RSA_BITS = 8192;

function checkKey({ spki }: Certificate, { rsaPss }: Abilities): void {
  const key = readPublicKey(spki, { maxRsaBits: MAX_RSA_BITS, rsaPss });
  if (typeof key === "string") throw new Error(key);
}

function checkSignature(certificate: Certificate): void {
  // A root is trusted itself; its signature is not verified.
  if (certificate.isForgeable && !isSelfIssued(certificate)) {
    throw new Error(certificate.weakness.algorithm);
  }
}

const POLICIES = ["2.5.29.32", "2.5.29.33", "2.5.29.36", "2.5.29.54"];

function checkExtensions(
  certificate: Certificate,
  { policies }: Abilities,
): void {
  const { critical, unknown } = certificate;
  const unusable = critical.find((oid) => POLICIES.includes(oid));
  if (unusable !== undefined && !policies) {
    throw new Error(
      `the runtime cannot use its critical extension ${unusable}`,
    );
  }
  const refused = unknown.find((oid) => !POLICIES.includes(oid));
  if (refused !== undefined) {
    throw new Error(
      `its extension ${refused} is critical and not known, so peers must refuse it (RFC 5280 §4.2)`,
    );
  }
  if (!signsHandshakes(certificate)) {
    throw new Error(
      "its keyUsage does not allow digitalSignature (RFC 8446 §4.4.2.2)",
    );
  }
}
