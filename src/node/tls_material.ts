/**
 * Checks an end's own certificates and keys, and the roots that it trusts.
 *
 * Left to themselves, Deno takes anything and Node a key of another kind than the
 * certificate's, and every handshake fails (seen with 2.9 and with 20 to 24). What
 * is refused is the same on all, but for what only some can use.
 *
 * @module
 */
import { createPrivateKey, X509Certificate } from "node:crypto";
import type { Engines, Material } from "../core/tls/engine.ts";
import { certificatesIn, privateKeyIn, writePem } from "../core/tls/pem.ts";
import { socketError } from "../errno.ts";
import type { Operation } from "../errors.ts";
import type { TlsKeyPair } from "../tls_types.ts";
import { type Certificate, isOne, readCertificate } from "./tls_der.ts";
import { Ready } from "./tls_certificates.ts";

/** What not every runtime can use. */
export interface Abilities {
  readonly rsaPss: boolean;
  /** Critical extensions about policies (RFC 5280 §4.2.1.4). */
  readonly policies: boolean;
}

/** Makes a runtime's `Engines.check`. */
export function materialCheck(abilities: Abilities): Engines["check"] {
  const pairs = new Ready<TlsKeyPair>();
  const roots = new Ready<readonly string[]>();
  return (operation, { pair, caCerts }, whose): Material => {
    const check = <T>(name: string, read: () => T): T => {
      try {
        return read();
      } catch (cause) {
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
      caCerts: caCerts?.flatMap((text) =>
        roots.get(
          text,
          () =>
            check("one of caCerts", () =>
              certificatesIn(text).map((der) => {
                readCertificate(der);
                readNatively(der);
                return writePem("CERTIFICATE", der);
              })),
        )
      ),
    };
  };
}

function unusable(operation: Operation, name: string, cause: unknown): Error {
  return socketError("EBADMSG", operation, undefined, {
    // Its message is that of this one, unless the runtime has said it.
    cause: cause instanceof Error ? cause.cause : cause,
    reason: `${name} cannot be used: ${
      cause instanceof Error ? cause.message : String(cause)
    }`,
  });
}

/** The certificates of `cert`, the end's own first. */
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

/** Last, as what a runtime says is seldom clear. */
function readNatively(der: Uint8Array): X509Certificate {
  try {
    return new X509Certificate(der);
  } catch (cause) {
    throw new Error("it is no certificate that the runtime can read", {
      cause,
    });
  }
}

/** The key, as the engines get it. */
function readKey(text: string, leaf: Uint8Array): string {
  const { label, der } = privateKeyIn(text);
  // OpenSSL reads over bytes behind it, and others do not.
  if (!isOne(der)) throw new Error("what it holds is not one key");
  const pem = writePem(label, der);
  let key: ReturnType<typeof createPrivateKey>;
  try {
    key = createPrivateKey(pem);
  } catch (cause) {
    throw new Error("it is no key that the runtime can read", { cause });
  }
  if (!new X509Certificate(leaf).checkPrivateKey(key)) {
    throw new Error("it is not the certificate's");
  }
  return pem;
}

/** Fewer bits are no longer enough (RFC 9325 §4.5). */
const MIN_RSA_BITS = 2048;
/** Deno cannot use more (seen with 2.9). */
const MAX_RSA_BITS = 8192;
const RSA = "1.2.840.113549.1.1.1";
const RSA_PSS = "1.2.840.113549.1.1.10";
const EC = "1.2.840.10045.2.1";
const ED25519 = "1.3.101.112";
/** Every runtime has these. */
const CURVES = [
  "1.2.840.10045.3.1.7", // P-256
  "1.3.132.0.34", // P-384
  "1.3.132.0.35", // P-521
];
/** Names of what is refused. */
const NAMES: { readonly [oid: string]: string } = {
  "1.2.840.10040.4.1": "DSA",
  "1.3.101.110": "X25519",
  "1.3.101.111": "X448",
  "1.3.101.113": "Ed448",
  "1.2.840.10045.3.1.1": "P-192",
  "1.3.132.0.33": "P-224",
  "1.3.132.0.10": "secp256k1",
  "1.3.36.3.3.2.8.1.1.7": "brainpoolP256r1",
  "1.3.36.3.3.2.8.1.1.11": "brainpoolP384r1",
  "1.3.36.3.3.2.8.1.1.13": "brainpoolP512r1",
};
const KINDS =
  `RSA of ${MIN_RSA_BITS}..${MAX_RSA_BITS} bits, P-256, P-384, P-521 or Ed25519`;

function checkKey({ key }: Certificate, { rsaPss }: Abilities): void {
  const { algorithm, curve, rsaBits } = key;
  if (algorithm === RSA_PSS && !rsaPss) {
    throw new Error(
      `the runtime cannot use its RSA-PSS key; give one of ${KINDS}`,
    );
  }
  if (algorithm === RSA || algorithm === RSA_PSS) {
    if (rsaBits >= MIN_RSA_BITS && rsaBits <= MAX_RSA_BITS) return;
    throw new Error(
      `its RSA key has ${rsaBits} bits; give one of ${MIN_RSA_BITS}..${MAX_RSA_BITS}`,
    );
  }
  if (algorithm === ED25519) return;
  if (algorithm === EC && curve !== undefined && CURVES.includes(curve)) return;
  const name = algorithm !== EC
    ? `a key of the kind ${NAMES[algorithm] ?? algorithm}`
    : curve === undefined
    ? "a curve by explicit parameters"
    : `the curve ${NAMES[curve] ?? curve}`;
  throw new Error(`it has ${name}; give one of ${KINDS}`);
}

/** Hashes for which there are collisions (RFC 9155, RFC 6151). */
const WEAK: { readonly [oid: string]: string } = {
  "1.2.840.113549.1.1.2": "MD2",
  "1.2.840.113549.1.1.3": "MD4",
  "1.2.840.113549.1.1.4": "MD5",
  "1.2.840.113549.1.1.5": "SHA-1",
  "1.3.14.3.2.29": "SHA-1",
  "1.2.840.10045.4.1": "SHA-1",
  "1.2.840.10040.4.3": "SHA-1",
  /** The hash itself, of RSA-PSS. */
  "1.3.14.3.2.26": "SHA-1",
};

function checkSignature({ isSelfIssued, signature }: Certificate): void {
  const { algorithm, pssHash } = signature;
  // A root is trusted for what it is, not for its signature.
  if (isSelfIssued) return;
  const hash = WEAK[algorithm === RSA_PSS ? pssHash : algorithm];
  if (hash !== undefined) {
    throw new Error(`it is signed with ${hash}, which can be forged`);
  }
}

/**
 * What each runtime reads: usage, names, whether it is a CA, which names are allowed
 * below it, where its CRLs are, purposes.
 */
const READ = ["15", "17", "19", "30", "31", "37"].map((at) => `2.5.29.${at}`);
const POLICIES = ["2.5.29.32", "2.5.29.33", "2.5.29.36", "2.5.29.54"];

function checkExtensions(
  { extensions, signs }: Certificate,
  { policies }: Abilities,
): void {
  for (const [oid, { critical }] of extensions) {
    if (!critical || READ.includes(oid)) continue;
    if (POLICIES.includes(oid)) {
      if (policies) continue;
      throw new Error(`the runtime cannot use its critical extension ${oid}`);
    }
    throw new Error(
      `its extension ${oid} is critical and not known, so peers must refuse it (RFC 5280 §4.2)`,
    );
  }
  if (!signs) {
    throw new Error(
      "its keyUsage does not allow digitalSignature (RFC 8446 §4.4.2.2)",
    );
  }
}
