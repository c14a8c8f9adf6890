"""Python's socket as a server that sends every datagram back.

    python3 datagram_server.py HOST
"""

import json
import socket
import sys

host = sys.argv[1]
family = socket.AF_INET6 if ":" in host else socket.AF_INET
server = socket.socket(family, socket.SOCK_DGRAM)
server.bind((host, 0))
print(json.dumps({"port": server.getsockname()[1]}), flush=True)
while True:
    data, addr = server.recvfrom(65536)
    server.sendto(data, addr)
