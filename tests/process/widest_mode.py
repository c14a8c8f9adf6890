# Looks at the mode of a file again and again, and says which bits it has ever had:
# python3 widest_mode.py PATH. A line on its input ends it.
import os
import select
import sys

path = sys.argv[1]
looks = seen = 0
print("watching", flush=True)
while True:
    if looks % 1024 == 0 and select.select([sys.stdin], [], [], 0)[0]:
        break
    for _ in range(1024):
        try:
            seen |= os.lstat(path).st_mode & 0o7777
            looks += 1
            break
        except FileNotFoundError:
            pass
    else:
        if select.select([sys.stdin], [], [], 0)[0]:
            break
print("seen", looks, f"{seen:o}", flush=True)
