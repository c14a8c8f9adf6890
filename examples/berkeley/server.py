# The server, in Python:  python3 server.py [port]
import socket
import sys

port = int(sys.argv[1]) if len(sys.argv) > 1 else 8080

server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", port))
server.listen(5)
print("Listening on %s:%d" % server.getsockname(), flush=True)
while True:
    client, address = server.accept()
    print("Connection from %s:%d" % address, flush=True)
    while True:
        data = client.recv(1024)
        if not data:
            break
        client.sendall(data.upper())
    client.shutdown(socket.SHUT_RDWR)
    client.close()
