"""Python's socket as a client that wants its datagrams back.

    python3 datagram_client.py HOST PORT SIZE...
"""

import json
import socket
import sys

host, port, *sizes = sys.argv[1:]
family = socket.AF_INET6 if ":" in host else socket.AF_INET
client = socket.socket(family, socket.SOCK_DGRAM)
client.settimeout(5)
client.connect((host, int(port)))
kept = 0
for size in map(int, sizes):
    sent = bytes((i * 7 + size) % 256 for i in range(size))
    client.send(sent)
    kept += client.recv(65536) == sent
print(json.dumps({"kept": kept}))
