#!/usr/bin/env python3
"""Holds what Headwater says of proxies that people run against the truth.

  Benchmarks/proxy_rows.py [--windows N] [--json FILE] [--write] [ROW…]

--write puts the table into Benchmarks/relays.md, in place of the one that is there.

Clients and servers number every request (proxy_load.py); Headwater sees none of it. Clients, proxy and servers are in three
network namespaces, which are gone afterwards. Six programs ask at the same time, through connections that last, connections of
some requests and connections of one, with answers of 300 bytes to 4 MB, some of which take eight seconds. Windows fall at random.

Two questions for each window: `relays` (which connection served which, each pair held against the numbers), and `trace` of the
server's port (which program gets how much, held against what the server's sockets moved for each).
"""
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time

import proxies
from relays import Lab, PYTHON, run, until

HERE = os.path.dirname(os.path.abspath(__file__))
HEADWATER = os.environ.get("HEADWATER", os.path.join(os.path.dirname(HERE), ".build/release/headwater"))
LOAD = os.path.join(HERE, "proxy_load.py")
RELAY, SERVER, NEAR, PORT = "10.77.1.2", "10.77.2.2", "10.77.2.1", 9000
# name: address, connections at a time, requests of each connection, size of an answer, its bytes a second, pause
GROUPS = {
    "long": ("10.77.1.11", 4, 100000, 120000, 0, 0.20),
    "medium": ("10.77.1.12", 8, 12, 20000, 0, 0.10),
    "short": ("10.77.1.13", 10, 1, 300, 0, 0.15),
    "kept": ("10.77.1.14", 6, 100000, 3000, 0, 0.15),
    "rare": ("10.77.1.15", 2, 3, 200000, 0, 0.40),
    "stream": ("10.77.1.16", 2, 100000, 4000000, 500000, 0.20),
}


def ports_of(flow):
    return tuple(int(flow[end].rsplit(":", 1)[1]) for end in ("source", "destination"))


class Row:
    def __init__(self, lab, proxy):
        self.lab, self.proxy = lab, proxy
        self.second = proxies.RELAY_PORT + 1
        self.values = dict(folder=lab.folder, port=proxies.RELAY_PORT, server=f"{SERVER}:{PORT}", host=SERVER, server_port=PORT,
                           near=NEAR, second=self.second, listen=f":{proxies.RELAY_PORT}")

    def fill(self, words):
        return [word.format(**self.values) for word in words]

    def start(self):
        lab, proxy = self.lab, self.proxy
        for name, text in proxy.files.items():
            with open(f"{lab.folder}/{name}", "w") as out:
                out.write(proxies.NODE if text is None else text.format(**self.values))
        for words in proxy.before:
            run("ip", "netns", "exec", lab.names[1], *self.fill(words))
        certificate = [f"{lab.folder}/cert.pem", f"{lab.folder}/key.pem"] if proxy.tls == "inner" else []
        self.server = lab.start("s", [PYTHON, LOAD, "serve", SERVER, str(PORT), f"{lab.folder}/served", *certificate], "serve.log")
        self.helpers = [lab.start("p", self.fill(words), f"helper{i}.log") for i, words in enumerate(proxy.helpers)]
        self.relay = lab.start("p", self.fill(proxy.command), "relay.log")
        until(lambda: lab.listens("s", PORT) and lab.listens("p", proxies.RELAY_PORT), f"{proxy.title} to listen", 30)
        self.load = {}
        for number, (name, (source, count, requests, size, rate, pause)) in enumerate(GROUPS.items()):
            plan = dict(proxy=[RELAY, proxies.RELAY_PORT] if proxy.port else [SERVER, PORT], server=[SERVER, PORT], mode=proxy.mode,
                        tls=proxy.tls, file=f"{lab.folder}/asked-{name}", first=(number + 1) * 10_000_000, source=source, count=count,
                        requests=requests, size=size, rate=rate, pause=pause)
            self.load[name] = lab.start("c", [PYTHON, LOAD, "ask", json.dumps(plan)], f"ask-{name}.log")
        # `ip netns exec` becomes the program: its pid is the program's.
        self.pids = {process.pid: name for name, process in self.load.items()}

    def ask(self, *words, file):
        process = self.lab.start(None, [HEADWATER, *words, "--json", "--verbose"], file)
        while True:
            line = process.stderr.readline()
            if not line:
                raise RuntimeError(f"{words}: no window")
            if b"measuring" in line:
                break
        began = time.monotonic_ns()
        process.stderr.read()
        process.wait(120)
        ended = time.monotonic_ns()
        self.lab.running.remove(process)
        with open(f"{self.lab.folder}/{file}") as out:
            text = out.read()
        return began, ended, json.loads(text) if text else {}

    def measure(self, windows):
        self.start()
        answers = []
        try:
            time.sleep(1.5)
            for window in range(windows):
                time.sleep(random.random() * 0.7)
                seconds = 3
                answers.append(("relays", seconds) + self.ask("relays", f":{PORT}", "--for", str(seconds), "--patience", "2",
                                                              file="relays.json"))
                time.sleep(random.random() * 0.7)
                answers.append(("trace", 2) + self.ask("trace", f":{PORT}", "--for", "2", file="trace.json"))
        finally:
            for process in [*self.load.values(), self.relay, *self.helpers, self.server]:
                if process in self.lab.running:
                    self.lab.stop(process, seconds=5)
            for words in self.proxy.before:
                run("ip", "netns", "exec", self.lab.names[1], *[w if w != "-A" else "-D" for w in self.fill(words)])
        self.read()
        return answers

    def read(self):
        self.asked, self.done, self.ticks, self.errors = {}, {}, {}, []
        for name in GROUPS:
            with open(f"{self.lab.folder}/asked-{name}") as log:
                for line in log:
                    words = line.split()
                    if words[0] == "a":
                        self.asked[int(words[1])] = (int(words[2]), int(words[3]), name)
                    elif words[0] == "d":
                        self.done[int(words[1])] = int(words[2])
                    else:
                        self.errors.append(line.strip())
        with open(f"{self.lab.folder}/served") as log:
            self.served = {}
            for line in log:
                words = line.split()
                if words[0] == "t" and len(words) == 3:
                    for name, number in zip(GROUPS, range(1, 1 + len(GROUPS))):
                        self.ticks.setdefault(name, []).append((int(words[1]), json.loads(words[2]).get(str(number), 0)))
                elif len(words) == 2:
                    self.served[int(words[0])] = int(words[1])

    def pairs(self, answer):
        _, seconds, began, ended, document = answer
        over = began + seconds * 10**9
        slack = 3 * 10**8
        happened, truth, lasting = set(), set(), {}
        for number, (port, asked, _) in self.asked.items():
            if number not in self.served:
                continue
            pair = (port, self.served[number])
            done = self.done.get(number, 1 << 62)
            if asked < ended + slack and done > began - slack:
                happened.add(pair)
            elif self.is_tunnel:
                lasting[pair] = True
            if asked > began + slack and done < over - slack:
                truth.add(pair)
        claimed, methods, opened_in, opened_out = set(), {}, set(), set()
        for relay in document.get("relays", []):
            for way in relay["ways"]:
                client, accepted = ports_of(way["inbound"])
                if "outbound" not in way:
                    opened_in.add(client)
                elif ports_of(way["outbound"])[1] == PORT:
                    pair = (client, ports_of(way["outbound"])[0])
                    # An inferred pair is said to be one.
                    if way["certainty"] not in ("observed", "matched"):
                        opened_in.add(client)
                        continue
                    claimed.add(pair)
                    methods[pair] = way["method"]
            opened_out |= {ports_of(flow["outbound"])[0] for flow in relay["unpaired"]}
        clients = {port for port, _, _ in self.asked.values()}
        claimed = {pair for pair in claimed if pair[0] in clients}
        wrong = {pair for pair in claimed - happened if pair not in lasting}
        right = truth & claimed
        left = truth - right
        vague = {pair for pair in left if pair[0] in opened_in or pair[1] in opened_out}
        by = {}
        for pair in claimed:
            count = by.setdefault(methods[pair], [0, 0])
            count[pair in wrong] += 1
        return dict(pairs=len(truth), right=len(right), open=len(vague), missing=len(left) - len(vague), wrong=len(wrong),
                    claimed=len(claimed), methods=by)

    @property
    def is_tunnel(self):
        return self.proxy.mode in ("connect", "socks5") or self.proxy.tls == "inner"

    def received(self, name, moment):
        before = [total for ns, total in self.ticks.get(name, []) if ns <= moment]
        return before[-1] if before else 0

    def shares(self, answer):
        _, seconds, began, ended, document = answer
        over = began + seconds * 10**9
        truth = {name: self.received(name, over) - self.received(name, began) for name in GROUPS}
        total = sum(truth.values()) or 1
        told, unknown, proxy, others, certainties = {}, 0, 0, 0, {}
        for chain in document.get("chains", []):
            share = chain["bytes"]
            source = chain["source"]
            pid = next((hop["process"]["pid"] for hop in reversed(chain["hops"]) if hop.get("process")), None)
            if source["kind"] == "unknown":
                unknown += share
            elif source["kind"] == "process" and pid in self.pids:
                told[self.pids[pid]] = told.get(self.pids[pid], 0) + share
            elif source["kind"] == "process":
                proxy += share
            else:
                others += share
        whole = sum(told.values()) + unknown + proxy + others or 1
        # What is said to be open may be anyone's: a share is wrong if it is more than the truth, or less by more than what is open.
        error = 0
        for name in GROUPS:
            said, true = told.get(name, 0) / whole, truth[name] / total
            error = max(error, said - true, true - said - unknown / whole)
        return dict(error=error, unknown=unknown / whole, proxy=proxy / whole, others=others / whole,
                    told={n: round(told.get(n, 0) / whole, 3) for n in GROUPS}, truth={n: round(truth[n] / total, 3) for n in GROUPS})


def main():
    words = sys.argv[1:]
    windows, path = 3, None
    writes = "--write" in words
    if writes:
        words.remove("--write")
    if "--windows" in words:
        at = words.index("--windows")
        windows = int(words[at + 1])
        del words[at:at + 2]
    if "--json" in words:
        at = words.index("--json")
        path = words[at + 1]
        del words[at:at + 2]
    chosen = [row for row in proxies.ROWS if not words or any(word.lower() in row.title.lower() for word in words)]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    results = []
    for proxy in chosen:
        if not proxy.is_there:
            results.append(dict(title=proxy.title, missing_program=proxy.program))
            print(f"{proxy.title}: not installed: {proxy.program}", flush=True)
            continue
        lab = Lab()
        try:
            lab.build()
            for source, *_ in GROUPS.values():
                run("ip", "-n", lab.names[0], "address", "add", f"{source}/24", "dev", "a1")
            run("ip", "-n", lab.names[0], "route", "add", "10.77.2.0/24", "via", RELAY)
            run("ip", "-n", lab.names[2], "route", "add", "10.77.1.0/24", "via", NEAR)
            run("ip", "netns", "exec", lab.names[1], "sysctl", "-qw", "net.ipv4.ip_forward=1")
            os.system(f"cat {lab.folder}/cert.pem {lab.folder}/key.pem > {lab.folder}/both.pem; chmod 644 {lab.folder}/*.pem")
            os.chmod(lab.folder, 0o777)
            row = Row(lab, proxy)
            answers = row.measure(windows)
            result = dict(title=proxy.title, relays=[row.pairs(a) for a in answers if a[0] == "relays"],
                          trace=[row.shares(a) for a in answers if a[0] == "trace"], errors=len(row.errors),
                          requests=len(row.done), example=row.errors[:1])
            if os.environ.get("KEEP"):
                for kind, *_, document in answers[-2:]:
                    with open(f"{os.environ['KEEP']}/{kind}.json", "w") as out:
                        json.dump(document, out, indent=1)
        except Exception as error:  # one program that fails must not end the others
            result = dict(title=proxy.title, failed=repr(error)[:300])
            for name in ("relay.log",):
                if os.path.exists(f"{lab.folder}/{name}"):
                    result["log"] = open(f"{lab.folder}/{name}", errors="replace").read()[-400:]
        finally:
            lab.close()
        results.append(result)
        show(result)
    if path:
        with open(path, "w") as out:
            json.dump(results, out, indent=1)
    if writes:
        write(results, windows)


HEADING = "## Proxies that people run"


def write(results, windows):
    """A pair is right, open (a side of it is shown, and that the other is not known), missing, or wrong. Of shares, the error is
    the largest one of all programs and windows, in points; what is said to be open counts for nobody."""
    path = os.path.join(HERE, "relays.md")
    with open(path) as file:
        before = file.read().split(HEADING)[0].rstrip()
    lines = [
        "", "", HEADING, "",
        f"One run of `Benchmarks/proxy_rows.py`, {time.strftime('%Y-%m-%d')}: {windows} windows of 3 s (`headwater relays :{PORT}`) and {windows}",
        f"of 2 s (`headwater trace :{PORT}`) for each program, at random times, all ways of pairing together. Six programs ask through",
        "it at the same time, 32 connections at a time: lasting ones, some of 12 requests, and some of one; answers have 300 bytes to",
        "4 MB, and the largest take eight seconds, so that most windows lie within one.", "",
        "- Right, open, missing, wrong: pairs of connections whose request was asked and answered within the window.",
        "- Share error: of what each of the six programs got, the largest error of all windows, in points. Open: the largest part that was",
        "  said to be open. Proxy: the largest part of which the proxy itself was said to be the source.", "",
        "| proxy | pairs | right | open | missing | wrong | by | share error | open | proxy | requests | failed |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"]
    for result in results:
        if "missing_program" in result or "failed" in result:
            lines.append(f"| {result['title']} | not run: {result.get('missing_program', result.get('failed', ''))[:80]} |")
            continue
        sums = {key: sum(r[key] for r in result["relays"]) for key in ("pairs", "right", "open", "missing", "wrong")}
        methods = sorted({name for r in result["relays"] for name in r["methods"]})
        worst = {key: max((t[key] for t in result["trace"]), default=0) * 100 for key in ("error", "unknown", "proxy")}
        part = f" ({sums['right'] / sums['pairs']:.1%})" if sums["pairs"] else ""
        lines.append(
            f"| {result['title']} | {sums['pairs']} | {sums['right']}{part} | {sums['open']} | {sums['missing']} | {sums['wrong']} | "
            f"{', '.join(methods)} | {worst['error']:.1f} | {worst['unknown']:.0f} % | {worst['proxy']:.0f} % | {result['requests']} | "
            f"{result['errors']} |")
    with open(path, "w") as out:
        out.write(before + "\n".join(lines) + "\n")


def show(result):
    if "failed" in result:
        print(f"{result['title']}: {result['failed']} {result.get('log', '')}", flush=True)
        return
    sums = {key: sum(r[key] for r in result["relays"]) for key in ("pairs", "right", "open", "missing", "wrong")}
    methods = {}
    for r in result["relays"]:
        for name, (right, wrong) in r["methods"].items():
            count = methods.setdefault(name, [0, 0])
            count[0] += right
            count[1] += wrong
    errors = [f"{t['error']:.3f}(open {t['unknown']:.2f}, proxy {t['proxy']:.2f})" for t in result["trace"]]
    print(f"{result['title']:45} pairs {sums['pairs']:5} right {sums['right']:5} open {sums['open']:5} missing {sums['missing']:5} "
          f"WRONG {sums['wrong']:3} {methods} | shares {' '.join(errors)} | {result['requests']} requests, "
          f"{result['errors']} failed {result['example']}", flush=True)


if __name__ == "__main__":
    main()
