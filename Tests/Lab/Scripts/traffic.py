#!/usr/bin/python3
"""Known traffic: sends or serves it and prints the truth about it as one JSON line.

Payload bytes are counted as the application sees them: what send() and recv() returned.
A server prints {"ready": true, ...} once it listens, and its counts when it is told to end (SIGTERM, SIGINT).
"""
import argparse
import json
import os
import signal
import socket
import struct
import sys
import threading
import time

CHUNK = bytes(65536)
counts = {"sent": 0, "received": 0, "connections": 0, "datagrams_sent": 0, "datagrams_received": 0, "endpoints": []}
lock = threading.Lock()


def add(**more):
    with lock:
        for key, value in more.items():
            counts[key] += value


def say(document):
    print(json.dumps(document), flush=True)


def note(sock):
    """Remembers the local endpoint of a client's connection; the first thousand."""
    with lock:
        if len(counts["endpoints"]) < 1000:
            host, port = sock.getsockname()[:2]
            counts["endpoints"].append(f"[{host}]:{port}" if ":" in host else f"{host}:{port}")


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def drain(sock, limit=None):
    total = 0
    while limit is None or total < limit:
        data = sock.recv(1 << 18)
        if not data:
            break
        total += len(data)
        add(received=len(data))
    return total


def push(sock, count):
    left = count
    while left:
        left -= (n := sock.send(CHUNK[:min(left, len(CHUNK))]))
        add(sent=n)


def serve_connection(sock, options):
    try:
        if options.mode == "sink":
            drain(sock)
        elif options.mode == "echo":
            while data := sock.recv(1 << 18):
                add(received=len(data))
                sock.sendall(data)
                add(sent=len(data))
        elif options.mode == "source":
            push(sock, options.bytes)
            sock.shutdown(socket.SHUT_WR)
            drain(sock)
        elif options.mode == "http":
            waiting = b""
            while data := sock.recv(65536):
                add(received=len(data))
                waiting += data
                while b"\r\n\r\n" in waiting:
                    head, waiting = waiting.split(b"\r\n\r\n", 1)
                    body = bytes(options.bytes)
                    close = b"connection: close" in head.lower()
                    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
                    sock.sendall(answer)
                    add(sent=len(answer), requests=1)
                    if close:
                        return
    except OSError:
        pass
    finally:
        sock.close()


def serve(options):
    counts["requests"] = 0
    kind = socket.SOCK_DGRAM if options.udp else socket.SOCK_STREAM
    listener = socket.socket(family(options.address), kind)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if options.udp:
        listener.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)  # SO_RCVBUFFORCE
    listener.bind((options.address, options.port))
    if not options.udp:
        listener.listen(4096)

    def loop():
        if options.udp:
            while True:
                data, sender = listener.recvfrom(65536)
                add(received=len(data), datagrams_received=1)
                if options.mode == "echo":
                    add(sent=listener.sendto(data, sender), datagrams_sent=1)
        while True:
            sock, _ = listener.accept()
            add(connections=1)
            threading.Thread(target=serve_connection, args=(sock, options), daemon=True).start()

    def tell():
        """Says how much has arrived whenever nothing more did for a moment."""
        known = told = 0
        while True:
            time.sleep(0.05)
            with lock:
                now = counts["received"]
                if now == known != told:
                    say({"arrived": now})
                    told = now
                known = now

    ending = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ending)
    threading.Thread(target=loop, daemon=True).start()
    threading.Thread(target=tell, daemon=True).start()
    say({"ready": True, "pid": os.getpid(), "port": listener.getsockname()[1]})
    signal.sigwait(ending)
    with lock:
        say(counts)
        os._exit(0)


def connect(options):
    sock = socket.socket(family(options.address), socket.SOCK_STREAM)
    if options.source_port:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("", options.source_port))
    sock.connect((options.address, options.port))
    add(connections=1)
    note(sock)
    return sock


def bulk(options):
    """Sends --bytes, at --rate bytes per second if given, then reads what the other end has to say."""
    sock = connect(options)
    say({"ready": True, "pid": os.getpid(), "endpoint": counts["endpoints"][0]})
    reader = threading.Thread(target=lambda: drain(sock), daemon=True)
    reader.start()
    if options.rate:
        began, left = time.monotonic(), options.bytes
        step = max(1, min(options.rate // 20, left))
        while left:
            push(sock, min(step, left))
            left -= min(step, left)
            due = began + (options.bytes - left) / options.rate
            time.sleep(max(0, due - time.monotonic()))
    else:
        push(sock, options.bytes)
    if options.hold:
        say({"holding": True})
        time.sleep(options.hold)
    sock.shutdown(socket.SHUT_WR)
    reader.join()
    sock.close()


def short(options):
    """--count connections, one after the other, each open for --each milliseconds with --bytes sent."""
    for _ in range(options.count):
        sock = connect(options)
        began = time.monotonic()
        push(sock, options.bytes)
        time.sleep(max(0, began + options.each / 1000 - time.monotonic()))
        sock.shutdown(socket.SHUT_WR)
        drain(sock)
        sock.close()
        time.sleep(options.pause / 1000)


def udp(options):
    """--count datagrams of --size bytes, at --rate datagrams per second if given; --echo reads each answer."""
    sock = socket.socket(family(options.address), socket.SOCK_DGRAM)
    sock.settimeout(1)
    sock.connect((options.address, options.port))
    note(sock)
    payload, began = bytes(options.size), time.monotonic()
    for number in range(options.count):
        try:
            add(sent=sock.send(payload), datagrams_sent=1)
            if options.echo:
                add(received=len(sock.recv(65536)), datagrams_received=1)
        except OSError:  # a full queue, no answer, or a refusal by ICMP: not sent, not received
            pass
        if options.rate and number % 16 == 15:
            time.sleep(max(0, began + (number + 1) / options.rate - time.monotonic()))


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ping(options):
    """--count echo requests with --size bytes of payload, each answered before the next. Bytes are ICMP's own."""
    v6 = ":" in options.address
    sock = socket.socket(family(options.address), socket.SOCK_RAW, 58 if v6 else 1)
    sock.settimeout(1)
    sock.connect((options.address, 0))
    identity = os.getpid() & 0xFFFF
    for number in range(options.count):
        fields = lambda total: struct.pack("!BBHHH", 128 if v6 else 8, 0, total, identity, number & 0xFFFF)
        packet = fields(0) + bytes(options.size)
        if not v6:  # the kernel computes that of ICMPv6
            packet = fields(checksum(packet)) + bytes(options.size)
        add(sent=sock.send(packet), datagrams_sent=1)
        try:
            while True:
                answer = sock.recv(65536)
                answer = answer if v6 else answer[(answer[0] & 15) * 4:]
                kind, _, _, who, which = struct.unpack("!BBHHH", answer[:8])
                if (kind, who, which) == (129 if v6 else 0, identity, number & 0xFFFF):
                    add(received=len(answer), datagrams_received=1)
                    break
        except socket.timeout:
            pass


def http(options):
    """--count requests --pause milliseconds apart, on one connection or, with --close, each on its own."""
    counts["requests"] = 0
    sock = None
    for _ in range(options.count):
        sock = sock or connect(options)
        lines = [f"GET {options.path} HTTP/1.1", f"Host: {options.host or options.address}", "User-Agent: lab"]
        lines += ["Connection: close"] if options.close else []
        request = ("\r\n".join(lines) + "\r\n\r\n").encode()
        sock.sendall(request)
        add(sent=len(request), requests=1)
        answer = b""
        while b"\r\n\r\n" not in answer and (data := sock.recv(65536)):
            answer += data
        head, _, body = answer.partition(b"\r\n\r\n")
        add(received=len(answer))
        length = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        if length:
            drain(sock, int(length[0].split(b":")[1]) - len(body))
        if options.close:
            sock.close()
            sock = None
        time.sleep(options.pause / 1000)


def main():
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    arguments = {
        "--bytes": 0, "--rate": 0, "--hold": 0.0, "--count": 1, "--each": 50.0, "--pause": 0.0, "--size": 64,
        "--source-port": 0, "--path": "/", "--host": "", "--mode": "sink",
    }
    for action in (serve, bulk, short, udp, ping, http):
        command = commands.add_parser(action.__name__)
        command.set_defaults(action=action)
        command.add_argument("address")
        command.add_argument("port", type=int)
        for name, default in arguments.items():
            command.add_argument(name, type=type(default), default=default)
        for name in ("--udp", "--echo", "--close"):
            command.add_argument(name, action="store_true")
    options = parser.parse_args()
    options.action(options)
    say(counts)


if __name__ == "__main__":
    main()
