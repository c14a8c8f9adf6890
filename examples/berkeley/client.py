# The client, in Python:  python3 client.py port words...
import socket
import sys

port = int(sys.argv[1])
words = " ".join(sys.argv[2:])

client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
client.connect(("127.0.0.1", port))
client.sendall(words.encode())
client.shutdown(socket.SHUT_WR)
answer = b""
while True:
    data = client.recv(1024)
    if not data:
        break
    answer += data
print(answer.decode())
client.close()
