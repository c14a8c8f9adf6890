/**
 * Certificates for tests: good ones, and one for each way of being bad.
 *
 * The `openssl` command makes them anew for each process, so none is ever
 * committed, and none outlives its second day.
 *
 * @module
 */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A certificate and its key, both PEM. */
export interface Identity {
  /** The leaf, and then the intermediate where there is one. */
  readonly cert: string;
  /** PKCS#8, unless the identity is about another form. */
  readonly key: string;
}

/** One authority to trust, one not to, and the certificates that they sign. */
export interface Certificates extends Leaves {
  /** The root that clients and servers are told to trust. */
  readonly ca: string;
  /** A root that is not trusted. */
  readonly otherCa: string;
  /** `rsa`, its key as PKCS#1: "BEGIN RSA PRIVATE KEY". */
  readonly rsaPkcs1: Identity;
  /** `server`, its key as SEC 1: "BEGIN EC PRIVATE KEY". */
  readonly ecSec1: Identity;
}
type Leaves = { readonly [name in keyof typeof LEAVES]: Identity };

/** What is asked of `openssl`. */
interface Order {
  /** Subject alternative names as OpenSSL writes them; by default LOCALHOST. */
  readonly names?: string;
  /** By default what the certificate is called here. */
  readonly commonName?: string;
  readonly usage?: keyof typeof USAGES;
  readonly issuer?: Issuer | "self";
  readonly validity?: keyof typeof VALIDITIES;
  readonly key?: keyof typeof KEYS;
}
type Issuer = "ca" | "otherCa" | "intermediate" | "noAuthority";

const LOCALHOST = "DNS:localhost, IP:127.0.0.1, IP:::1";

/** basicConstraints, keyUsage and extendedKeyUsage. */
const USAGES = {
  serverAuth: ["CA:FALSE", "digitalSignature", "serverAuth"],
  clientAuth: ["CA:FALSE", "digitalSignature", "clientAuth"],
  authority: [
    "CA:TRUE",
    "digitalSignature, keyCertSign, cRLSign",
    "serverAuth, clientAuth",
  ],
};
/** From when until when, in hours from now. */
const VALIDITIES = { now: [-1, 24], past: [-25, -1], future: [24, 48] };
const KEYS = { ec: "ec -pkeyopt ec_paramgen_curve:P-256", rsa: "rsa:2048" };

/** Each stands after the one that signs it. */
const ISSUERS: Readonly<Record<Issuer, Order>> = {
  ca: { names: "", usage: "authority", issuer: "self" },
  otherCa: { names: "", usage: "authority", issuer: "self" },
  intermediate: { names: "", usage: "authority" },
  noAuthority: {},
};

const LEAVES = {
  server: {},
  rsa: { key: "rsa" },
  /** What `server` is replaced with: another key, the same names. */
  renewed: {},
  /** The intermediate comes along. */
  chained: { issuer: "intermediate" },
  a: { names: "DNS:a.example.test" },
  b: { names: "DNS:b.example.test" },
  wild: { names: "DNS:*.example.test" },

  expired: { validity: "past" },
  notYetValid: { validity: "future" },
  wrongName: { names: "DNS:other.test", commonName: "localhost" },
  /** RFC 9525 has the common name ignored; node:tls takes it. */
  commonNameOnly: { names: "", commonName: "localhost" },
  wrongUsage: { usage: "clientAuth" },
  selfSigned: { issuer: "self" },
  unknownCa: { issuer: "otherCa" },
  wildTop: { names: "DNS:*" },
  wildPartial: { names: "DNS:loc*" },
  /** Its star is not to match the two labels of a.example.test. */
  wildDeep: { names: "DNS:*.test" },
  ipAsName: { names: "DNS:127.0.0.1" },
  otherIp: { names: "IP:127.0.0.2" },
  /** Its issuer, which is only a leaf, comes along. */
  notACa: { issuer: "noAuthority" },
  /** A CA, with the names of a server. */
  authority: { usage: "authority", names: LOCALHOST },
  commonNameAndUri: { names: "URI:https://a.test/", commonName: "localhost" },
  commonNameAndIp: { names: "IP:127.0.0.2", commonName: "localhost" },

  client: { names: "", usage: "clientAuth" },
  clientUntrusted: { names: "", usage: "clientAuth", issuer: "otherCa" },
  clientSelfSigned: { names: "", usage: "clientAuth", issuer: "self" },
  clientExpired: { names: "", usage: "clientAuth", validity: "past" },
  clientWrongUsage: { names: "", usage: "serverAuth" },
} as const satisfies Record<string, Order>;

const ORDERS: Readonly<Record<string, Order>> = { ...ISSUERS, ...LEAVES };

let made: Promise<Certificates> | undefined;

/**
 * Makes the certificates, once per process.
 *
 * @throws {Error} When `openssl` is missing or fails
 */
export function certificates(): Promise<Certificates> {
  return made ??= make();
}

async function make(): Promise<Certificates> {
  const directory = await mkdtemp(join(tmpdir(), "anyport-certificates-"));
  const issued: Record<string, Promise<Identity>> = {};
  for (const [name, { issuer = "ca" }] of Object.entries(ORDERS)) {
    issued[name] = issue(name, directory, issued[issuer]);
  }
  try {
    const identities = await Promise.all(Object.values(issued));
    const all = Object.fromEntries(
      Object.keys(issued).map((name, index) => [name, identities[index]]),
    ) as Record<Issuer | keyof Leaves, Identity>;
    const oldForm = async (name: "rsa" | "server") => ({
      cert: all[name].cert,
      key: await openssl(directory, `pkey -traditional -in ${name}.key`),
    });
    return {
      ...all,
      ca: all.ca.cert,
      otherCa: all.otherCa.cert,
      rsaPkcs1: await oldForm("rsa"),
      ecSec1: await oldForm("server"),
    };
  } finally {
    // After a failure the others may still be writing.
    await Promise.allSettled(Object.values(issued));
    await rm(directory, { recursive: true, force: true });
  }
}

/** Makes a key, and the certificate once its issuer has one. */
async function issue(name: string, cwd: string, issued?: Promise<Identity>) {
  const { issuer = "ca", key = "ec" } = ORDERS[name];
  const isSelf = issuer === "self";
  const path = join(cwd, name);
  await writeFile(`${path}.cnf`, configuration(name, isSelf ? name : issuer));
  await writeFile(`${path}.db`, "");
  const files = `-config ${name}.cnf -out ${name}`;
  await openssl(cwd, `req -new -nodes ${files}.csr -newkey ${KEYS[key]}`);
  const above = await issued;
  const sign = `ca -name issuer -batch -notext${isSelf ? " -selfsign" : ""}`;
  await openssl(cwd, `${sign} -in ${name}.csr ${files}.crt`);
  const cert = await readFile(`${path}.crt`, "utf8");
  const isEnd = isSelf || ORDERS[issuer].issuer === "self";
  return {
    cert: isEnd ? cert : cert + above?.cert,
    key: await readFile(`${path}.key`, "utf8"),
  };
}

/** For `openssl ca`: nothing else in OpenSSL 3.0 takes a first date. */
function configuration(name: string, issuer: string): string {
  const { names = LOCALHOST, commonName = name, ...order } = ORDERS[name];
  const [constraints, keyUsage, extendedKeyUsage] =
    USAGES[order.usage ?? "serverAuth"];
  const [from, until] = VALIDITIES[order.validity ?? "now"].map(hoursFromNow);
  return `
[req]
  default_keyfile = ${name}.key
  distinguished_name = subject
  prompt = no
[subject]
  CN = ${commonName}
[issuer]
  certificate = ${issuer}.crt
  private_key = ${issuer}.key
  database = ${name}.db
  new_certs_dir = .
  rand_serial = yes
  default_md = sha256
  default_startdate = ${from}
  default_enddate = ${until}
  policy = policy
  x509_extensions = extensions
[policy]
  commonName = supplied
[extensions]
  basicConstraints = critical, ${constraints}
  keyUsage = critical, ${keyUsage}
  extendedKeyUsage = ${extendedKeyUsage}
  subjectKeyIdentifier = hash
  authorityKeyIdentifier = keyid
  ${names === "" ? "" : `subjectAltName = ${names}`}
`;
}

/** As ASN.1 has it: 20380119031407Z. */
function hoursFromNow(hours: number): string {
  const date = new Date(Date.now() + hours * 3_600_000);
  return date.toISOString().replace(/\.\d+|[^\dZ]/g, "");
}

/** Runs a command in the directory; resolves with what it prints. */
function openssl(cwd: string, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const args = command.split(/\s+/);
    execFile("openssl", args, { cwd }, (cause, stdout, stderr) => {
      if (cause === null) return resolve(stdout);
      const reason = cause.code === "ENOENT" ? "it is missing" : stderr.trim();
      const message = `Cannot run openssl ${command}: ${reason}. Install ` +
        "OpenSSL 3: apt install openssl, brew install openssl@3";
      reject(new Error(message, { cause }));
    });
  });
}
