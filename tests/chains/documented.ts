/**
 * Where Anyport differs from what the oracles agree on, or one runtime from the
 * others, and why.
 *
 * @module
 */

/** What is known about a case. */
export interface Documented {
  /** One sentence. */
  readonly reason: string;
  /**
   * Runtimes that may refuse the chain although the case expects it to be
   * trusted; elsewhere the case holds.
   */
  readonly refusedOn?: readonly string[];
  /** Runtimes that may trust it although the case expects a refusal. */
  readonly trustedOn?: readonly string[];
  /** Runtimes that refuse what it needs as `NotSupported`, before any handshake. */
  readonly unsupportedOn?: readonly string[];
}

const NODE = ["node20", "node22", "node24"];

const DER =
  "every certificate has to be DER throughout, and this is an element too many";
const CURVE =
  "of elliptic curves, P-256, P-384, P-521 and Ed25519 are the ones in use";
const FLOOR = "RSA takes 2,048 bits at least, and these are 8 too few";
const ONE_WAY = {
  reason:
    "OpenSSL and BoringSSL follow the first issuer that the peer sends, and come back for none",
  refusedOn: [...NODE, "bun"],
};
const COUNTED = {
  reason: "Deno's verifier counts self-issued certificates too",
  refusedOn: ["deno"],
};
const EARLY = {
  reason: "Deno's verifier has no dates before 1970",
  refusedOn: ["deno"],
};
const ADDRESSES = {
  reason: "BoringSSL has no nameConstraints on addresses, and refuses them",
  refusedOn: ["bun"],
};
const SIGNING = {
  reason:
    "over TLS 1.2, OpenSSL and BoringSSL ask for digitalSignature of who signs a handshake",
};
const UNIQUE = {
  reason:
    "Deno takes a certificate with unique identifiers without its key, so it is refused everywhere",
};
const NO_PARAMETERS = {
  reason: "RFC 5758 §3.2 leaves the parameters of ECDSA out",
};
const REENCODED = {
  reason:
    "OpenSSL hands out the DER of what it has read, so that Node sees nothing else",
  trustedOn: NODE,
};
const UNSEEN = {
  reason:
    "Node 24 shows servers a client's own certificate alone, so the rest is verified by OpenSSL alone",
  trustedOn: ["node24"],
};
const VERSION = "every certificate has to be of version 3";

/** By the name of the case. */
export const DOCUMENTED: ReadonlyMap<string, Documented> = new Map<
  string,
  Documented
>([
  ["leaf signed with RSA, parameters that are a SEQUENCE", { reason: DER }],
  ["leaf with basicConstraints with a byte too many", { reason: DER }],
  ["intermediate whose keyUsage has a byte too many", { reason: DER }],
  ["leaf with extendedKeyUsage with a byte too many", { reason: DER }],
  ["intermediate with extendedKeyUsage with a byte too many", { reason: DER }],
  ["subjectAltName with a byte too many", { reason: DER }],
  ["client of broken basicConstraints", { reason: DER }],
  ["client of version 1", { reason: VERSION }],
  ["leaf signed by a root of P-224 with ecdsa-sha256", { reason: CURVE }],
  ["leaf signed by an intermediate of P-224 with ecdsa-sha256", {
    reason: CURVE,
  }],
  ["leaf signed by a root of RSA-2040 with rsa-sha256", { reason: FLOOR }],
  ["leaf signed by an intermediate of RSA-2040 with rsa-sha256", {
    reason: FLOOR,
  }],
  ["leaf with a key of RSA-2040", { reason: FLOOR }],
  ["leaf with a key of P-224", { reason: CURVE }],
  ["leaf with a key of Ed448", { reason: CURVE }],
  ["DNS: *.bank.example for my_host.bank.example", {
    reason: "a label that is sent and looked up is one that a wildcard covers",
  }],
  ["unknown way before a good one", ONE_WAY],
  ["two that issued each other, and a way out", ONE_WAY],
  ["four ways before the good one", ONE_WAY],
  ["expired intermediate in caCerts beside the root", ONE_WAY],
  ["expired way before a good one", { ...ONE_WAY, refusedOn: ["bun"] }],
  ["intermediate of pathLen 0 above one that is self-issued", COUNTED],
  ["intermediate of pathLen 0 above two that are self-issued", COUNTED],
  ["intermediate of pathLen 2^31 - 1", {
    reason: "Deno's verifier has path lengths up to 255",
    refusedOn: ["deno"],
  }],
  ["leaf valid from 1950", EARLY],
  ["intermediate valid from 1950", EARLY],
  ["root valid from 1950", EARLY],
  ["permitted network, an address in it", ADDRESSES],
  ["excluded network, another address", ADDRESSES],
  ["permitted IPv6 network, an address in it", ADDRESSES],
  ["permitted network of one address", ADDRESSES],
  ["permitted network of all addresses", ADDRESSES],
  ["leaf of keyEncipherment alone", SIGNING],
  ["leaf of keyAgreement alone", SIGNING],
  ["leaf with a key of P-521", {
    reason: "Bun offers no P-521 over TLS 1.2",
    refusedOn: ["bun"],
  }],
  ["client below permitted DNS names", {
    reason: "BoringSSL and Node 24 hold common names to nameConstraints",
    refusedOn: ["bun", "node24"],
  }],
  ["leaf with unique identifiers", UNIQUE],
  ["intermediate with unique identifiers", UNIQUE],
  ["leaf with parameters of ECDSA", NO_PARAMETERS],
  ["intermediate with parameters of ECDSA", NO_PARAMETERS],
  ["leaf with a length longer than needed", REENCODED],
  ["intermediate with a length longer than needed", REENCODED],
  ["leaf with an indefinite length", REENCODED],
  ["intermediate with an indefinite length", REENCODED],
  ["leaf that is a CA", {
    reason: "Deno's verifier refuses it, so it is refused everywhere",
  }],
  ["excluded domain with a wildcard", {
    reason:
      "the wildcard stands for the excluded name too, and Deno refuses it",
  }],
  ["leaf in caCerts that a root issued, without the root", {
    reason: "Deno can trust no leaf but one that signed itself",
  }],
  ["client of an intermediate alone in caCerts", {
    reason: "servers of Node do not take allowPartialTrustChain",
    unsupportedOn: NODE,
  }],
  ["client below an intermediate of version 2", UNSEEN],
  ["client below an intermediate of version 4", UNSEEN],
  ["client below an intermediate of version 128", UNSEEN],
  ["client below an intermediate of version -1", UNSEEN],
  ["client below an intermediate with a key of secp256k1", UNSEEN],
  ["client below an intermediate with a key of P-224", {
    ...UNSEEN,
    reason: CURVE,
  }],
]);
