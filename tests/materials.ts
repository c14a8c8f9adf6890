/**
 * Certificates and keys of every kind, for what a runtime takes of its own ones.
 *
 * Apart from `certificates.ts`, as few tests need them.
 *
 * @module
 */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Identity } from "./certificates.ts";
import { pemOf } from "./chains/case.ts";
import { leaf, root } from "./chains/certificate.ts";
import { key as keyOf, privateKeyOf } from "./chains/keys.ts";

/** One root, and what it has signed, by kind. */
export type Materials =
  & { readonly ca: string; readonly rsa8200: Identity }
  & OldMaterials
  & { readonly [kind in Kind]: Identity };
/** What today's `openssl` does not make. */
interface OldMaterials {
  readonly version1: Identity;
  readonly version1Root: string;
  readonly weakRoot: string;
}
/** What a certificate or its key is special in. */
export type Kind = keyof typeof ORDERS;

/** Arguments of `openssl req`, and lines of its configuration. */
interface Order {
  readonly key?: string;
  readonly digest?: string;
  readonly extensions?: string;
  readonly issuer?: string;
}

const EC = "ec -pkeyopt ec_paramgen_curve:";
const NAMES = "subjectAltName = DNS:localhost, IP:127.0.0.1\n";
const CA = "basicConstraints = critical, CA:TRUE\nkeyUsage = keyCertSign\n";

const ORDERS = {
  p256: {},
  p384: { key: `${EC}P-384` },
  p521: { key: `${EC}P-521` },
  rsa2048: { key: "rsa:2048" },
  rsaPss: { key: "rsa-pss -pkeyopt rsa_keygen_bits:2048" },
  ed25519: { key: "ed25519" },
  ed448: { key: "ed448" },
  rsa1024: { key: "rsa:1024" },
  secp256k1: { key: `${EC}secp256k1` },
  p224: { key: `${EC}P-224` },
  explicitCurve: { key: `${EC}P-256 -pkeyopt ec_param_enc:explicit` },
  sha1: { digest: "-sha1" },
  sha1Intermediate: { digest: "-sha1", extensions: CA },
  belowSha1: { issuer: "sha1Intermediate" },
  unknownCritical: { extensions: "1.2.3.4 = critical, ASN1:UTF8:x\n" },
  criticalPolicy: { extensions: "certificatePolicies = critical, 1.2.3.4\n" },
  noSignatures: { extensions: "keyUsage = critical, keyAgreement\n" },
  brokenNames: { extensions: "2.5.29.17 = DER:0402AABB\n" },
} as const satisfies Record<string, Order>;

let made: Promise<Materials> | undefined;

/** Makes all of them, once per process. @throws {Error} When `openssl` fails */
export function materials(): Promise<Materials> {
  return made ??= make();
}

async function make(): Promise<Materials> {
  const cwd = await mkdtemp(join(tmpdir(), "anyport-materials-"));
  try {
    const all: Record<string, Identity> = {
      ca: await issue(cwd, "ca", { extensions: CA }, "self"),
    };
    for (const [name, order] of Object.entries<Order>(ORDERS)) {
      const { issuer } = order;
      const identity = await issue(cwd, name, order, issuer ?? "ca");
      all[name] = issuer === undefined ? identity : {
        cert: identity.cert + all[issuer].cert,
        key: identity.key,
      };
    }
    return {
      ...all,
      ...oldMaterials(),
      ca: all.ca.cert,
      rsa8200: { cert: await issueFor(cwd, 8200), key: all.p256.key },
    } as unknown as Materials;
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}

async function issue(
  cwd: string,
  name: string,
  { key = `${EC}P-256`, digest = "-sha256", extensions = "" }: Order,
  issuer: string,
): Promise<Identity> {
  const names = extensions === CA || extensions.includes("2.5.29.17")
    ? ""
    : NAMES;
  await writeFile(
    join(cwd, `${name}.cnf`),
    `[req]\ndistinguished_name = subject\nprompt = no\nx509_extensions = own\n` +
      `[subject]\nCN = ${name}\n[own]\n${names}${extensions}`,
  );
  const by = issuer === "self" ? "" : `-CA ${issuer}.crt -CAkey ${issuer}.key`;
  await openssl(
    cwd,
    `req -x509 -new -nodes -days 2 ${digest} -config ${name}.cnf -newkey ${key} -keyout ${name}.key -out ${name}.crt ${by}`,
  );
  return {
    cert: await readFile(join(cwd, `${name}.crt`), "utf8"),
    key: await readFile(join(cwd, `${name}.key`), "utf8"),
  };
}

function oldMaterials(): OldMaterials {
  const version1 = { version: null, only: null };
  const by = root({
    subject: "Root of version 1",
    key: keyOf("P-256", "old root"),
    ...version1,
  });
  const key = keyOf("P-256", "old leaf");
  const weak = root({
    subject: "Weak root",
    key: keyOf("RSA-1024", "weak root"),
  });
  const base64 = privateKeyOf(key).replace(/.{64}(?!$)/g, "$&\n");
  return {
    version1: {
      cert: pemOf(leaf({ by, key, ...version1 }).der),
      key:
        `-----BEGIN PRIVATE KEY-----\n${base64}\n-----END PRIVATE KEY-----\n`,
    },
    version1Root: pemOf(by.der),
    weakRoot: pemOf(weak.der),
  };
}

/**
 * A certificate for an RSA key that has never been: to find a long one takes
 * minutes, and no private key is needed to sign for it.
 */
async function issueFor(cwd: string, bits: number): Promise<string> {
  const modulus = new Uint8Array(bits / 8).fill(0xa5);
  const key = der(0x30, der(0x02, [0], modulus), der(0x02, [1, 0, 1]));
  const rsa = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
  const info = der(
    0x30,
    der(0x30, der(0x06, rsa), der(0x05)),
    der(0x03, [0], key),
  );
  const base64 = btoa(String.fromCharCode(...info)).replace(/.{64}/g, "$&\n");
  await writeFile(
    join(cwd, "long.pub"),
    `-----BEGIN PUBLIC KEY-----\n${base64}\n-----END PUBLIC KEY-----\n`,
  );
  return await openssl(
    cwd,
    "x509 -new -force_pubkey long.pub -subj /CN=long -days 2 -CA ca.crt -CAkey ca.key -extfile p256.cnf -extensions own",
  );
}

/** A value of DER, of at least 256 bytes or less than 128. */
function der(tag: number, ...parts: ArrayLike<number>[]): number[] {
  const value = parts.flatMap((part) => Array.from(part));
  const { length } = value;
  return [
    tag,
    ...length < 128 ? [length] : [0x82, length >> 8, length & 255],
    ...value,
  ];
}

/** Other forms of a key or certificate. @param args What stands before the input. */
export async function converted(pem: string, args: string): Promise<string> {
  return await openssl(tmpdir(), args, pem);
}

function openssl(cwd: string, command: string, input = ""): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      "openssl",
      command.trim().split(/\s+/),
      { cwd },
      (cause, stdout, stderr) => {
        if (cause === null) return resolve(stdout);
        reject(
          new Error(`Cannot run openssl ${command}: ${stderr}`, { cause }),
        );
      },
    );
    // It may end before it has read that.
    child.stdin?.on("error", () => {});
    child.stdin?.end(input);
  });
}
