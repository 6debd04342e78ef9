#!/usr/bin/python3
"""Visitors of sites, with an address each: a page, its parts at once, a look at it for a random while, the next.

    people.py --server ADDRESS --from ADDRESS… --site NAME… [--pause SECONDS] [--seed N] [--authority FILE]

Each visitor is a thread. What is asked is random, but the same for the same seed.
"""
import argparse
import random
import signal
import socket
import ssl
import sys
import threading
import time

options = argparse.ArgumentParser()
options.add_argument("--server", required=True)
options.add_argument("--from", nargs="+", required=True, dest="sources")
options.add_argument("--site", nargs="+", required=True)
options.add_argument("--pause", type=float, default=4.0, help="mean seconds between two pages")
options.add_argument("--seed", type=int, default=1)
options.add_argument("--authority")
options = options.parse_args()

PAGES = ["/", "/explore/repos", "/alice/tools", "/alice/tools/issues?state=open", "/bob/notes/src/branch/main/README.md",
         "/login", "/missing.html"]
PARTS = ["/assets/css/index.css", "/assets/js/index.js", "/assets/img/logo.svg", "/favicon.ico"]
AGENTS = ["Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
          "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36",
          "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile/15E148 Safari/604.1"]
context = ssl.create_default_context(cafile=options.authority)
ready = threading.Event()


def visit(source, site, agent, page, parts):
    with socket.create_connection((options.server, 443), 5, (source, 0)) as raw:
        with context.wrap_socket(raw, server_hostname=site) as sock:
            reader = sock.makefile("rb")
            for path in [page] + parts:
                referrer = f"Referer: https://{site}{page}\r\n" if path != page else ""
                sock.sendall(f"GET {path} HTTP/1.1\r\nHost: {site}\r\nUser-Agent: {agent}\r\n{referrer}\r\n".encode())
                length = 0
                reader.readline()
                while (line := reader.readline().strip().lower()):
                    if line.startswith(b"content-length:"):
                        length = int(line.split(b":")[1])
                reader.read(length)
    ready.set()


def live(number, source):
    chance = random.Random(options.seed * 1000 + number)
    agent = AGENTS[number % len(AGENTS)]
    while True:
        site = chance.choice(options.site)
        try:
            visit(source, site, agent, chance.choice(PAGES), chance.sample(PARTS, chance.randint(0, len(PARTS))))
        except (OSError, ValueError) as error:
            print(f"{source} {site}: {error}", file=sys.stderr, flush=True)
        time.sleep(chance.expovariate(1 / options.pause))


for number, source in enumerate(options.sources):
    threading.Thread(target=live, args=(number, source), daemon=True).start()
ready.wait()
print("ready", flush=True)
signal.sigwait({signal.SIGTERM, signal.SIGINT})
