/**
 * Handshakes between Python and Anyport: who is let in, and what both have
 * learned.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { Report } from "./tls_agent.ts";
import type { Bench, TlsCase } from "./tls_bench.ts";
import {
  inBothVersions,
  meet,
  other,
  type Role,
  type Setting,
  skip,
  VERSIONS,
} from "./tls_python.ts";

/** A handshake, and what each end is to learn beyond the version and the cipher. */
interface Handshake extends Setting {
  readonly title: string;
  readonly role: Role;
  /** What Python learns; or how it is told, and that may be after its handshake. */
  readonly pythonLearns: object | RegExp;
  readonly anyportLearns: object | string;
}

const BY_NAME = { serverName: "localhost" };
const TWO_NAMES = { serverNames: { "a.example.test": "a" } } as const;
const A = { serverName: "a.example.test" };
const SPEAKS_H2 = ["http/1.1", "h2"];
const H2 = ["echo", "h2"];
const HTTP_1 = ["http/1.1"];

const NOTHING = { alpn: null, serverName: null, certificate: null };
const UNKNOWN = { ...NOTHING, verified: false };
/** Of its own name a client learns nothing in Python. */
const SERVER = { ...NOTHING, certificate: "server" };
const REFUSED = "InvalidData EPROTO";
const ALERT = /^SSLError: .*alert/i;
/** By an alert, or where the handshake was done already, by the end. */
const TOLD = /^(SSL\w*Error|ConnectionResetError|EOFError): /;

const HANDSHAKES: readonly Handshake[] = [{
  title: "without anything",
  role: "client",
  pythonLearns: SERVER,
  anyportLearns: UNKNOWN,
}, {
  title: "with ALPN, a name and a certificate",
  role: "client",
  python: { ...BY_NAME, alpn: SPEAKS_H2, identity: "client" },
  anyport: { alpnProtocols: H2, clientAuth: "require" },
  pythonLearns: { ...SERVER, alpn: "h2" },
  anyportLearns: {
    alpn: "h2",
    ...BY_NAME,
    certificate: "client",
    verified: true,
  },
}, {
  title: "with another name",
  role: "client",
  python: A,
  anyport: TWO_NAMES,
  pythonLearns: { ...SERVER, certificate: "a" },
  anyportLearns: { ...UNKNOWN, ...A },
}, {
  title: "with an untrusted certificate, asked for one,",
  role: "client",
  python: { identity: "clientUntrusted" },
  anyport: { clientAuth: "request" },
  pythonLearns: SERVER,
  anyportLearns: { ...UNKNOWN, certificate: "clientUntrusted" },
}, {
  title: "with an untrusted certificate, required one,",
  role: "client",
  python: { identity: "clientUntrusted" },
  anyport: { clientAuth: "require" },
  pythonLearns: TOLD,
  anyportLearns: REFUSED,
}, {
  title: "without a certificate, required one,",
  role: "client",
  anyport: { clientAuth: "require" },
  pythonLearns: TOLD,
  anyportLearns: REFUSED,
}, {
  title: "without a protocol in common",
  role: "client",
  python: { alpn: HTTP_1 },
  anyport: { alpnProtocols: H2 },
  pythonLearns: ALERT,
  anyportLearns: REFUSED,
}, {
  title: "that trusts another root",
  role: "client",
  python: { ca: "otherCa" },
  pythonLearns: /^SSLCertVerificationError: /,
  anyportLearns: REFUSED,
}, {
  title: "without anything",
  role: "server",
  pythonLearns: NOTHING,
  anyportLearns: { ...SERVER, verified: true },
}, {
  title: "with ALPN, a name and a certificate",
  role: "server",
  python: { alpn: H2, verify: "CERT_REQUIRED" },
  anyport: { ...BY_NAME, alpnProtocols: SPEAKS_H2, identity: "client" },
  pythonLearns: { alpn: "h2", ...BY_NAME, certificate: "client" },
  anyportLearns: { ...SERVER, ...BY_NAME, alpn: "h2", verified: true },
}, {
  title: "with another name",
  role: "server",
  python: TWO_NAMES,
  anyport: A,
  pythonLearns: { ...NOTHING, ...A },
  anyportLearns: { ...NOTHING, ...A, certificate: "a", verified: true },
}, {
  title: "that only asks for a certificate",
  role: "server",
  python: { verify: "CERT_OPTIONAL" },
  pythonLearns: NOTHING,
  anyportLearns: { ...SERVER, verified: true },
}, {
  title: "that requires a better certificate",
  role: "server",
  python: { verify: "CERT_REQUIRED" },
  anyport: { identity: "clientUntrusted" },
  pythonLearns: /^SSLCertVerificationError: /,
  anyportLearns: REFUSED,
}, {
  // Python goes on as if it spoke nothing in particular.
  title: "without a protocol in common",
  role: "server",
  python: { alpn: H2 },
  anyport: { alpnProtocols: HTTP_1 },
  pythonLearns: NOTHING,
  anyportLearns: { ...SERVER, verified: true },
}, {
  title: "whose certificate has another root",
  role: "server",
  python: { identity: "unknownCa" },
  pythonLearns: TOLD,
  anyportLearns: REFUSED,
}, {
  title: "whose certificate is for another name",
  role: "server",
  python: { identity: "a" },
  anyport: BY_NAME,
  pythonLearns: TOLD,
  anyportLearns: REFUSED,
}];

/** A test for each. */
export const pythonHandshakes = HANDSHAKES.map((
  { title, role, pythonLearns, anyportLearns, ...setting },
): TlsCase => ({
  name: `python3 ${role} ${title} ↔ ${other(role)}: ${
    typeof anyportLearns === "string" ? "is refused" : "both learn who is there"
  }`,
  skip,
  run: (bench) =>
    inBothVersions(async (version) => {
      const told = { ...setting, python: { ...setting.python, version } };
      const { python, anyport } = await meet(bench, role, told, {
        // In TLS 1.3 a client is let in, as far as it knows, before it is refused.
        python: [["handshake"], ["write", "ping\n"], ["read", 5], ["unwrap"]],
        anyport: [["handshake"], ["read", 5], ["write", "pong\n"], ["readEnd"]],
      });
      const common = {
        version: VERSIONS[version],
        // Either may have the better list; both are to say the same.
        cipher: anyport.info && bench.material.named(anyport.info).cipher,
      };
      if (typeof anyportLearns === "string") {
        assertEquals(anyport.failed?.error, anyportLearns);
      } else {
        assertEquals(anyport.failed, undefined);
        assertEquals(learned(anyport, bench), { ...common, ...anyportLearns });
      }
      if (pythonLearns instanceof RegExp) {
        const { error, message } = python.failed ?? {};
        const told = `${error}: ${message}`;
        assert(pythonLearns.test(told), told);
      } else {
        assertEquals(python.failed, undefined);
        assertEquals(learned(python, bench), { ...common, ...pythonLearns });
      }
    }),
}));

function learned({ info }: Report, { material }: Bench): object | undefined {
  return info && material.named(info);
}
