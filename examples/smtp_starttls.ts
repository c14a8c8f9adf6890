/**
 * Sends one mail (RFC 5321) over TLS (RFC 3207). Without TLS it fails.
 *
 * Try it, with a mail server that has TLS, and the certificate of its CA in ca.pem:
 *
 *     deno run --allow-net --allow-read examples/smtp_starttls.ts --ca ca.pem \
 *       --server mail.example --port 587 --subject Hello \
 *       --from ann@mail.example --to bob@mail.example "$(cat letter.txt)"
 *
 * Without `--ca` the runtime's roots are trusted.
 */
import { readFile } from "node:fs/promises";
import process from "node:process";
import { parseArgs } from "node:util";
import { type Conn, connect, startTls } from "@anyport/sockets";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    server: { type: "string", default: "localhost" },
    port: { type: "string", default: "587" },
    ca: { type: "string" },
    from: { type: "string", default: "" },
    to: { type: "string", default: "" },
    subject: { type: "string", default: "" },
  },
});

/** The limits of a reply: its size, and the time to wait for it. */
const MAX_REPLY_BYTES = 65536;
const PATIENCE_MS = 60_000;

/** Commands and replies over a connection. */
class Dialogue {
  readonly #conn: Conn;

  constructor(conn: Conn) {
    this.#conn = conn;
  }

  async ask(command: string, ...codes: number[]): Promise<string[]> {
    await this.#conn.write(`${command}\r\n`, { timeoutMs: PATIENCE_MS });
    return await this.hear(...codes);
  }

  /** @returns The lines of the next reply, whose code must be one of `codes`. */
  async hear(...codes: number[]): Promise<string[]> {
    const lines: string[] = [];
    for (;;) {
      const line = await this.#line();
      const found = /^(\d{3})(?:([- ])(.*))?$/.exec(line);
      if (found === null) throw new Error(`This is not SMTP: ${line}`);
      const [, code, more, text = ""] = found;
      lines.push(text);
      if (more === "-") continue;
      if (codes.includes(Number(code))) return lines;
      throw new Error(`${values.server} says ${code} ${lines.join(" ")}`);
    }
  }

  async #line(): Promise<string> {
    const line = await this.#conn.readLine({
      maxBytes: MAX_REPLY_BYTES,
      timeoutMs: PATIENCE_MS,
    });
    if (line === null) throw new Error(`${values.server} has hung up`);
    // Control characters are removed: the line may be printed to a terminal.
    return line.replace(/\p{Cc}/gu, "");
  }
}

try {
  console.log(await send(mail(positionals.join(" "))));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

/** @returns The server's reply when it has accepted the mail. */
async function send(mail: string): Promise<string> {
  const caCerts = values.ca === undefined
    ? undefined
    : [await readFile(values.ca, "utf8")];
  using plain = await connect({
    hostname: values.server,
    port: Number(values.port),
    timeoutMs: PATIENCE_MS,
  });
  const inTheClear = new Dialogue(plain);
  await inTheClear.hear(220);
  const offers = await inTheClear.ask(`EHLO ${ownName(plain)}`, 250);
  // An attacker can remove this line: it is an error to continue without TLS.
  if (!offers.some((line) => /^STARTTLS$/i.test(line))) {
    throw new Error(`${values.server} offers no TLS, and gets no mail without`);
  }
  await inTheClear.ask("STARTTLS", 220);

  // It refuses text behind the last reply: an attacker may have put it there.
  using conn = await startTls(plain, { hostname: values.server, caCerts });
  const dialogue = new Dialogue(conn);
  // Capabilities from before TLS are not authenticated: EHLO is sent again.
  const extensions = await dialogue.ask(`EHLO ${ownName(conn)}`, 250);
  // deno-lint-ignore no-control-regex -- the bytes that need no extension
  const is7Bit = /^[\x00-\x7f]*$/.test(mail);
  if (!is7Bit && !extensions.some((line) => /^8BITMIME$/i.test(line))) {
    throw new Error(`${values.server} takes ASCII alone`);
  }
  const body = is7Bit ? "" : " BODY=8BITMIME";
  await dialogue.ask(`MAIL FROM:<${address(values.from)}>${body}`, 250);
  await dialogue.ask(`RCPT TO:<${address(values.to)}>`, 250, 251);
  await dialogue.ask("DATA", 354);
  const [accepted] = await dialogue.ask(`${stuffed(mail)}\r\n.`, 250);
  await dialogue.ask("QUIT", 221);
  return accepted;
}

/** The address literal of this client, which has no host name (RFC 5321 §4.1.3). */
function ownName(conn: Conn): string {
  const { localAddr } = conn;
  if (localAddr.transport === "unix") return "localhost";
  const { hostname } = localAddr;
  return hostname.includes(":") ? `[IPv6:${hostname}]` : `[${hostname}]`;
}

function address(text: string): string {
  if (/^[!-;=?-~]+@[!-;=?-~]+$/.test(text)) return text;
  throw new Error(`This is no address: ${text}`);
}

/** The message with its header (RFC 5322). */
function mail(text: string): string {
  const { from, to, subject } = values;
  if (!/^[ -~]*$/.test(subject)) throw new Error("A subject has to be ASCII");
  return [
    `From: <${address(from)}>`,
    `To: <${address(to)}>`,
    `Subject: ${subject}`,
    `Date: ${new Date().toUTCString().replace("GMT", "+0000")}`,
    `Message-ID: <${crypto.randomUUID()}@${from.split("@")[1]}>`,
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=utf-8",
    "Content-Transfer-Encoding: 8bit",
    "",
    text,
  ].join("\n");
}

/** CRLF line ends and dot-stuffing: a single dot would end the mail (RFC 5321 §4.5.2). */
function stuffed(mail: string): string {
  return mail.split(/\r\n|\r|\n/).map((line) => line.replace(/^\./, ".."))
    .join("\r\n");
}
