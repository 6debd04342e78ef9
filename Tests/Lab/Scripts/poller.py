#!/usr/bin/python3
"""Asks a site over TLS again and again, by a connection of its own each time.

Requests begin --period seconds after each other, moved by up to --jitter of a period at random; prints one JSON line
once the first answer is there, and its counts when it is told to end. The name is looked up anew each time.
"""
import argparse
import json
import random
import signal
import socket
import ssl
import sys
import time

options = argparse.ArgumentParser()
options.add_argument("site")
options.add_argument("--path", default="/")
options.add_argument("--port", type=int, default=443)
options.add_argument("--period", type=float, default=1.0)
options.add_argument("--jitter", type=float, default=0.0)
options.add_argument("--agent", default="poller/1.0")
options.add_argument("--authority", help="a file with the certificate to trust")
options = options.parse_args()

context = ssl.create_default_context(cafile=options.authority)
request = (
    f"GET {options.path} HTTP/1.1\r\nHost: {options.site}\r\nUser-Agent: {options.agent}\r\n"
    "Accept: */*\r\nConnection: close\r\n\r\n").encode()
counts = {"asked": 0, "answered": 0, "received": 0}


def end(*_):
    print(json.dumps(counts), flush=True)
    sys.exit(0)


signal.signal(signal.SIGTERM, end)
signal.signal(signal.SIGINT, end)
due = time.monotonic()
while True:
    counts["asked"] += 1
    try:
        with socket.create_connection((options.site, options.port), 5) as raw:
            with context.wrap_socket(raw, server_hostname=options.site) as sock:
                sock.sendall(request)
                answer = b""
                while part := sock.recv(65536):
                    answer += part
        counts["received"] += len(answer)
        if answer.split(b" ", 2)[1:2] == [b"200"]:
            counts["answered"] += 1
            if counts["answered"] == 1:
                print(json.dumps({"ready": True}), flush=True)
    except OSError as error:
        print(f"{options.site}: {error}", file=sys.stderr, flush=True)
    due += options.period
    pause = due - time.monotonic() + options.period * options.jitter * random.uniform(-1, 1)
    time.sleep(max(0.0, pause))
