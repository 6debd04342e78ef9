"""Conntrack entries made by netlink: `entries.py COUNT` makes them, `entries.py --get N` looks one up.

Entry N is a TCP connection from a client in 10.0.0.0/8 to 203.0.113.9:443 whose reply goes to 198.51.100.1: what
source NAT leaves. See linux/netfilter/nfnetlink_conntrack.h.
"""
import json
import socket
import struct
import sys
import time

NETLINK_NETFILTER = 12
IPCTNL_MSG_CT_NEW, IPCTNL_MSG_CT_GET = 1 << 8 | 0, 1 << 8 | 1
NLM_F_REQUEST, NLM_F_ACK, NLM_F_EXCL, NLM_F_CREATE = 0x1, 0x4, 0x200, 0x400
CTA_TUPLE_ORIG, CTA_TUPLE_REPLY, CTA_STATUS, CTA_PROTOINFO, CTA_TIMEOUT = 1, 2, 3, 4, 7
NESTED = 0x8000
TARGET, PUBLIC = "203.0.113.9", "198.51.100.1"


def client(number):
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def port(number):
    return 1024 + number % 60000


def tuple_of(number):
    return client(number), port(number), TARGET


def attribute(kind, data):
    length = 4 + len(data)
    return struct.pack("=HH", length, kind) + data + bytes(-length % 4)


def tuple_attribute(kind, source, target, source_port, target_port):
    addresses = attribute(1, socket.inet_aton(source)) + attribute(2, socket.inet_aton(target))
    protocol = attribute(1, bytes([6])) + attribute(2, struct.pack("!H", source_port)) + attribute(
        3, struct.pack("!H", target_port))
    return attribute(kind | NESTED, attribute(1 | NESTED, addresses) + attribute(2 | NESTED, protocol))


def message(kind, flags, body):
    body = struct.pack("=BBH", socket.AF_INET, 0, 0) + body
    return struct.pack("=IHHII", 16 + len(body), kind, flags, 0, 0) + body


def creation(number):
    # A public address has 64,512 ports; reply tuples differ by its last bits too.
    public = f"198.51.{100 + (number // 60000 >> 8)}.{1 + number // 60000 & 255}"
    return message(
        IPCTNL_MSG_CT_NEW, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL,
        tuple_attribute(CTA_TUPLE_ORIG, client(number), TARGET, port(number), 443)
        + tuple_attribute(CTA_TUPLE_REPLY, TARGET, public, 443, port(number))
        + attribute(CTA_TIMEOUT, struct.pack("!I", 3600)) + attribute(CTA_STATUS, struct.pack("!I", 0xE))
        + attribute(CTA_PROTOINFO | NESTED, attribute(1 | NESTED, attribute(1, bytes([3])))))  # established


def make(count):
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
    sock.bind((0, 0))
    batch = []
    for number in range(count):
        batch.append(creation(number))
        if len(batch) == 200 or number == count - 1:
            sock.send(b"".join(batch))
            batch = []
            sock.setblocking(False)
            try:  # only failures are answered
                while answer := sock.recv(65536):
                    error = struct.unpack_from("=i", answer, 16)[0]
                    if error:
                        raise OSError(-error, f"entry near {number} was refused: errno {-error}")
            except BlockingIOError:
                pass
            sock.setblocking(True)
    with open("/proc/sys/net/netfilter/nf_conntrack_count") as file:
        print(json.dumps({"count": int(file.read())}))


def get(number):
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
    sock.bind((0, 0))
    asked = message(
        IPCTNL_MSG_CT_GET, NLM_F_REQUEST, tuple_attribute(CTA_TUPLE_ORIG, client(number), TARGET, port(number), 443))
    took = []
    for _ in range(1000):
        began = time.perf_counter()
        sock.send(asked)
        answer = sock.recv(65536)
        took.append(time.perf_counter() - began)
        assert struct.unpack_from("=H", answer, 4)[0] == IPCTNL_MSG_CT_NEW, "no such entry"
    print(json.dumps({"seconds": sorted(took)[len(took) // 2]}))


if __name__ == "__main__":
    if sys.argv[1] == "--get":
        get(int(sys.argv[2]))
    else:
        make(int(sys.argv[1]))
