"""Python's ssl as either end of connections: does what its standard input tells.

It speaks the language of ../programs/tls_agent.mjs; the options are its own. TLS
begins with the step "handshake".
"""

import base64
import json
import os
import socket
import ssl
import sys
import threading

LIMIT_S = 10


def main():
    for line in sys.stdin:
        request = json.loads(line)
        threading.Thread(target=answer, args=(request,), daemon=True).start()


def answer(request):
    try:
        result = ACTIONS[request["do"]](**request)
    except OSError as error:
        result = {"refused": f"{type(error).__name__}: {error}"}
    text = json.dumps({"id": request["id"], **result}) + "\n"
    os.write(1, text.encode())


listeners = {}


def listen(id, options, **_):
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(LIMIT_S)
    listeners[id] = listener, options
    return {"port": listener.getsockname()[1]}


def accept(listener, steps, **_):
    listener, options = listeners[listener]
    conn, _ = listener.accept()
    return follow(End("server", conn, options), steps)


def connect(options, steps, **_):
    conn = socket.create_connection(("127.0.0.1", options["port"]))
    return follow(End("client", conn, options), steps)


def close(listener, **_):
    listeners.pop(listener)[0].close()
    return {}


ACTIONS = {
    "listen": listen,
    "accept": accept,
    "connect": connect,
    "close": close,
}


def follow(end, steps):
    report = end.report
    for verb, *value in steps:
        try:
            getattr(end, verb)(*value)
        except (OSError, EOFError) as error:
            report["failed"] = {
                "at": verb,
                "error": type(error).__name__,
                "message": str(error),
            }
            break
    end.conn.close()
    return report


class End:
    """A connection, and what can be done with it."""

    def __init__(self, role, conn, options):
        self.role = role
        self.conn = conn
        conn.settimeout(LIMIT_S)
        self.options = dict(options)
        self.server_name = None
        self.report = {"texts": []}

    def handshake(self):
        """Secures the connection, whether or not it was in use."""
        in_memory = self.options.get("inMemory")
        self.conn = (InMemory if in_memory else wrap)(
            self.context(),
            self.conn,
            server_side=self.role == "server",
            server_hostname=self.options.get("serverName"),
        )
        self.conn.do_handshake()
        certificate = self.conn.getpeercert(True)
        self.report["info"] = {
            "version": self.conn.version(),
            "cipher": self.conn.cipher()[0],
            "alpn": self.conn.selected_alpn_protocol(),
            "serverName": self.server_name,
            "certificate": certificate
            and base64.b64encode(certificate).decode(),
        }

    def context(self):
        options = self.options
        server = self.role == "server"
        context = ssl.SSLContext(
            ssl.PROTOCOL_TLS_SERVER if server else ssl.PROTOCOL_TLS_CLIENT
        )
        if "version" in options:
            version = getattr(ssl.TLSVersion, options["version"])
            context.minimum_version = context.maximum_version = version
        if "ca" in options:
            context.load_verify_locations(options["ca"])
        if "identity" in options:
            context.load_cert_chain(options["identity"])
        if "alpn" in options:
            context.set_alpn_protocols(options["alpn"])
        if server:
            context.verify_mode = getattr(
                ssl, options.get("verify", "CERT_NONE")
            )
            context.sni_callback = self.named
        # Without a name there is none to check.
        elif "serverName" not in options:
            context.check_hostname = False
        return context

    def named(self, conn, name, context):
        self.server_name = name
        other = self.options.get("serverNames", {}).get(name)
        if other is not None:
            self.options["identity"] = other
            conn.context = self.context()

    def write(self, text):
        self.conn.sendall(text.encode())

    def read(self, count):
        text = b""
        while len(text) < count:
            data = self.conn.recv(count - len(text))
            if data == b"":
                raise EOFError("it ended")
            text += data
        self.report["texts"].append(text.decode())

    def readEnd(self):
        text = b""
        try:
            while (data := self.conn.recv(65536)) != b"":
                text += data
            self.report["end"] = "EOF"
        except OSError as error:
            self.report["end"] = type(error).__name__
        self.report["texts"].append(text.decode())

    def echo(self):
        while (data := self.conn.recv(65536)) != b"":
            self.conn.sendall(data)
        self.report["end"] = "EOF"

    def pour(self, count):
        """Sends so many bytes in pieces, and reads each again."""
        sent = (bytes(range(251)) * (count // 251 + 1))[:count]
        for at in range(0, count, 16000):
            piece = sent[at : at + 16000]
            self.conn.sendall(piece)
            back = b""
            while len(back) < len(piece):
                data = self.conn.recv(65536)
                if data == b"":
                    raise EOFError("it ended")
                back += data
            if back != piece:
                raise EOFError(f"the bytes from {at} on are not those sent")
        self.report["texts"].append(f"{count} bytes")

    def unwrap(self):
        """Sends close_notify, and waits for the peer's."""
        self.conn = self.conn.unwrap()

    def closeWrite(self):
        """Sends close_notify alone, which only InMemory can."""
        self.conn.close_write()

    def cut(self):
        """Ends what is sent without close_notify."""
        self.conn.shutdown(socket.SHUT_WR)


def wrap(context, conn, **options):
    return context.wrap_socket(
        conn,
        do_handshake_on_connect=False,
        suppress_ragged_eofs=False,
        **options,
    )


class InMemory:
    """TLS apart from its socket, whose close_notify is not waited for."""

    def __init__(self, context, conn, **options):
        self.socket = conn
        self.incoming = ssl.MemoryBIO()
        self.outgoing = ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, **options)

    def __getattr__(self, name):
        return getattr(self.tls, name)

    def until_done(self, call, *args):
        while True:
            try:
                result = call(*args)
                self.flush()
                return result
            except ssl.SSLWantReadError:
                self.flush()
                data = self.socket.recv(65536)
                if data == b"":
                    self.incoming.write_eof()
                else:
                    self.incoming.write(data)

    def flush(self):
        self.socket.sendall(self.outgoing.read())

    def do_handshake(self):
        self.until_done(self.tls.do_handshake)

    def sendall(self, data):
        self.until_done(self.tls.write, data)

    def recv(self, count):
        try:
            return self.until_done(self.tls.read, count)
        except ssl.SSLZeroReturnError:
            return b""

    def close_write(self):
        try:
            self.tls.unwrap()
        except ssl.SSLWantReadError:
            pass
        self.flush()

    def close(self):
        self.socket.close()


main()
