#!/usr/bin/env python3
"""Holds what `headwater relays` says against the truth, and writes Benchmarks/relays.md.

  Benchmarks/relays.py [RELAY…]      all of them unless named; a run of some is printed only

Clients and servers give every request a number (relay_load.py); Headwater sees none of it. Clients, relay and servers are in
three network namespaces, which are gone afterwards. HEADWATER names the executable (.build/release/headwater unless set);
MirrorBenchmark lies beside it. A tier is one way of telling pairs, `headwater relays --only TIER`:

  cause            every pair of a window of some seconds, clients with a few requests for each connection
  session, bytes   the pairs of connections that last, at the moment when the window is over
"""
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
HEADWATER = os.environ.get("HEADWATER", os.path.join(os.path.dirname(HERE), ".build/release/headwater"))
LOAD = os.path.join(HERE, "relay_load.py")
PYTHON = "/usr/bin/python3"
CLIENTS, SECONDS, DELAY_MS = 300, 4, 20
LASTING = 1_000_000  # requests for each connection
RELAY, SERVER = "10.77.1.2", "10.77.2.2"

NGINX = """
{modules}
worker_processes 2; daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.err; worker_rlimit_nofile 16384;
events {{ worker_connections 8000; }}
http {{
  access_log off; keepalive_requests 1000000;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem;
  upstream kept {{ server {server}:9000; keepalive 64; }}
  server {{ listen 8001 ssl backlog=4096; location / {{ proxy_pass http://{server}:9000; }} }}
  server {{ listen 8002 ssl backlog=4096; location / {{
    proxy_pass http://kept; proxy_http_version 1.1; proxy_set_header Connection ""; }} }}
}}
stream {{ server {{ listen 8003 backlog=4096; proxy_pass {server}:9001; }} }}
"""
HAPROXY = """
global
  nbthread 2
  maxconn 3000
  stats socket {folder}/haproxy.sock level operator
defaults
  timeout connect 5s
  timeout client 30s
  timeout server 30s
listen tcp
  mode tcp
  bind :8011
  server a {server}:9001
listen http
  mode http
  bind :8012
  http-reuse always
  server a {server}:9000
listen close
  mode http
  bind :8013
  option httpclose
  server a {server}:9000
"""
# name: program, port, what clients speak, what the server speaks, clients, tiers
CASES = {
    "nginx, TLS to HTTP": ("nginx", 8001, "https", "http", CLIENTS, "cause"),
    "nginx, TLS to HTTP, upstream keep-alive": ("nginx", 8002, "https", "http", CLIENTS, "cause"),
    "nginx, stream": ("nginx", 8003, "line", "line", CLIENTS, "cause bytes"),
    "HAProxy, TCP, 2 threads": ("haproxy", 8011, "line", "line", CLIENTS, "session cause bytes"),
    "HAProxy, HTTP, http-reuse always, 2 threads": ("haproxy", 8012, "http", "http", CLIENTS, "session cause"),
    "HAProxy, HTTP, no reuse, 2 threads": ("haproxy", 8013, "http", "http", CLIENTS, "cause"),
    "socat, a process per connection": ("socat", 8021, "line", "line", 100, "cause bytes"),
    "docker-proxy (Go, splice)": ("docker-proxy", 8022, "line", "line", CLIENTS, "cause bytes"),
    "Python, a thread per connection": ("threads", 8031, "line", "line", CLIENTS, "cause"),
    "Python, one event loop": ("loop", 8032, "line", "line", CLIENTS, "cause bytes"),
    "Python, reads and writes by different threads": ("handover", 8033, "line", "line", CLIENTS, "cause"),
    "Python, the same with copied data": ("copying", 8034, "line", "line", CLIENTS, "cause bytes"),
    "Python, in batches, first come first served, reuse": ("queue", 8035, "line", "line", CLIENTS, "cause"),
    "Python, in batches, last come first served, reuse": ("stack", 8036, "line", "line", CLIENTS, "cause"),
    "Python, in batches, shuffled, reuse": ("shuffled", 8037, "line", "line", CLIENTS, "cause"),
}


def run(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout


class Lab:
    """Three namespaces in a row: clients, relay, servers."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="hw-relays-")
        os.chmod(self.folder, 0o755)
        self.names = [f"hwr{os.getpid()}{role}" for role in "cps"]
        self.running = []

    def build(self):
        clients, relay, servers = self.names
        for name in self.names:
            run("ip", "netns", "add", name)
            run("ip", "-n", name, "link", "set", "lo", "up")
        for near, far, link in ((clients, relay, "10.77.1"), (relay, servers, "10.77.2")):
            a, b = f"a{link[-1]}", f"b{link[-1]}"
            run("ip", "link", "add", a, "netns", near, "type", "veth", "peer", "name", b, "netns", far)
            run("ip", "-n", near, "address", "add", f"{link}.1/24", "dev", a)
            run("ip", "-n", far, "address", "add", f"{link}.2/24", "dev", b)
            run("ip", "-n", near, "link", "set", a, "up")
            run("ip", "-n", far, "link", "set", b, "up")
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
            f"{self.folder}/key.pem", "-out", f"{self.folder}/cert.pem", "-days", "2", "-subj", "/CN=example.org")

    def start(self, role, command, log):
        with open(f"{self.folder}/{log}", "wb") as out:
            process = subprocess.Popen(
                ["ip", "netns", "exec", self.names["cps".index(role)]] + command if role else command,
                stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT if role else subprocess.PIPE,
                start_new_session=True)
        self.running.append(process)
        return process

    def stop(self, process, number=signal.SIGTERM, seconds=60):
        if process.poll() is None:
            process.send_signal(number)
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self.running.remove(process)

    def listens(self, role, port):
        return f":{port} " in run("ip", "netns", "exec", self.names["cps".index(role)], "ss", "-tlnH")

    def close(self):
        for process in list(self.running):
            self.stop(process, signal.SIGKILL)
        for name in self.names:
            for pid in subprocess.run(["ip", "netns", "pids", name], capture_output=True, text=True).stdout.split():
                try:
                    os.kill(int(pid), signal.SIGKILL)
                except ProcessLookupError:  # it has just ended
                    pass
            subprocess.run(["ip", "netns", "delete", name], capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)


def until(condition, what, seconds=15):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f"still waiting after {seconds} s: {what}")
        time.sleep(0.02)


def relay_command(lab, program, port):
    folder = lab.folder
    if program == "nginx":
        module = "/usr/lib/nginx/modules/ngx_stream_module.so"
        modules = f"load_module {module};" if os.path.exists(module) else ""
        with open(f"{folder}/nginx.conf", "w") as out:
            out.write(NGINX.format(folder=folder, server=SERVER, modules=modules))
        return ["nginx", "-c", f"{folder}/nginx.conf"]
    if program == "haproxy":
        with open(f"{folder}/haproxy.cfg", "w") as out:
            out.write(HAPROXY.format(folder=folder, server=SERVER))
        return ["haproxy", "-db", "-f", f"{folder}/haproxy.cfg"]
    if program == "socat":
        return ["socat", f"TCP-LISTEN:{port},fork,reuseaddr,backlog=1024", f"TCP:{SERVER}:9001"]
    if program == "docker-proxy":
        # It tells its parent on descriptor 3 that it listens.
        return ["sh", "-c", f"exec docker-proxy -proto tcp -host-ip 0.0.0.0 -host-port {port} -container-ip {SERVER} "
                "-container-port 9001 3>/dev/null"]
    return [PYTHON, os.path.join(HERE, "relay_programs.py"), program, str(port), SERVER, "9001"]


def processor_seconds(pid):
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def ports_of(flow):
    return tuple(int(flow[end].rsplit(":", 1)[1]) for end in ("source", "destination"))


class Run:
    """One relay with its load, and what Headwater says of it by one tier."""

    def __init__(self, lab, name, tier):
        self.lab, self.name, self.tier = lab, name, tier
        self.program, self.port, self.mode, self.backend, self.clients, _ = CASES[name]
        self.server_port = 9000 if self.backend == "http" else 9001
        self.window = 60 if tier == "cause" else 1

    def load(self):
        # Lasting connections of lines ask two to ten times a second; of HTTP, most have a request under way.
        each, seconds, think = (5, SECONDS, 0) if self.tier == "cause" else (
            LASTING, 60, 500 if self.mode == "line" else 0)
        return self.lab.start("c", [PYTHON, LOAD, "ask", RELAY, str(self.port), self.mode, f"{self.lab.folder}/asked",
                                    str(self.clients), str(seconds), str(each), str(think)], "ask.log")

    def headwater(self):
        watch = self.lab.start(None, [HEADWATER, "relays", f":{self.port}", "--only", self.tier, "--json", "--verbose",
                                      "--for", str(self.window), "--patience", "4"], "document")
        line = watch.stderr.readline()
        if b"measuring" not in line:
            raise RuntimeError((line + watch.stderr.read()).decode())
        self.began = time.monotonic()
        return watch

    def measure(self):
        lab = self.lab
        server = lab.start("s", [PYTHON, LOAD, "serve", SERVER, str(self.server_port), self.backend, f"{lab.folder}/served",
                                 str(DELAY_MS)], "server.log")
        relay = lab.start("p", relay_command(lab, self.program, self.port), "relay.log")
        until(lambda: lab.listens("s", self.server_port) and lab.listens("p", self.port), f"{self.name} to listen")
        if self.tier == "cause":
            watch = self.headwater()
            client = self.load()
            client.wait(SECONDS + 30)
            time.sleep(0.3)
            taken = processor_seconds(watch.pid)
            watch.send_signal(signal.SIGINT)
            self.over = time.monotonic()
        else:
            client = self.load()
            time.sleep(2)
            watch = self.headwater()
            time.sleep(self.window)
            taken = processor_seconds(watch.pid)
            self.over = self.began + self.window
        watch.wait(120)
        self.ended = time.monotonic()
        for process in (watch, client, server, relay):
            lab.stop(process)
        share = taken / (self.over - self.began)
        return {**self.score(), "cpu": share, "ending": self.ended - self.over, "status": watch.returncode}

    def score(self):
        with open(f"{self.lab.folder}/asked") as file:
            asked = json.load(file)
        with open(f"{self.lab.folder}/served") as file:
            served = dict(json.load(file))
        with open(f"{self.lab.folder}/document") as file:
            relays = json.load(file)["relays"]
        answered = dict(asked["answered"])
        # (client's port, relay's port) of requests that happened in time, and of those that were answered then
        first = self.began if self.tier == "cause" else self.over
        happened, truth, asking = set(), set(), set()
        for number, port, began in asked["asked"]:
            if began > self.ended * 1e9 or answered.get(number, float("inf")) < first * 1e9 and self.mode != "line":
                continue
            if self.tier != "cause":
                asking.add(port)
            if number in served:
                happened.add((port, served[number]))
                if number in answered:
                    truth.add((port, served[number]))
        claimed, open_in, open_out = set(), set(), set()
        for relay in relays:
            for way in relay["ways"]:
                client, accepted = ports_of(way["inbound"])
                if accepted != self.port:
                    continue
                if "outbound" not in way:
                    open_in.add(client)
                elif ports_of(way["outbound"])[1] == self.server_port:
                    claimed.add((client, ports_of(way["outbound"])[0]))
            open_out |= {ports_of(flow["outbound"])[0] for flow in relay["unpaired"]}
        wrong = claimed - happened
        if self.tier == "session" and self.mode == "http":
            # Of all the pairs that a client had meanwhile, the list knows those of one moment: a client counts once.
            right = {client for client, _ in claimed - wrong}
            whole, left = asking, asking - right
            vague = left & open_in
        else:
            right = truth & claimed
            whole, left = truth, truth - right
            vague = {pair for pair in left if pair[0] in open_in or pair[1] in open_out}
        return {"requests": len(answered), "pairs": len(whole), "right": len(right), "ambiguous": len(vague),
                "wrong": len(wrong), "missing": len(left) - len(vague), "failed": asked["failed"]}


def mirrored(lab):
    """Pairs by bytes alone, of 500 connections that one loop relays: rows of the second table."""
    script = os.path.join(os.path.dirname(HERE), "Tests/Lab/Scripts/relay.py")
    tool = os.path.join(os.path.dirname(HEADWATER), "MirrorBenchmark")
    words = [PYTHON, "-u", script]

    def printed(log):
        with open(f"{lab.folder}/{log}") as file:
            return file.read()

    def ports(log):
        lines = (line.split() for line in printed(log).splitlines())
        return {words[0]: int(words[1]) for words in lines if len(words) == 2 and words[0].isdigit()}

    lines = []
    for kind, what, target in (
            ("different", "500 pairs, different payloads, one snapshot", "500 right"),
            ("equal", "500 pairs, equal payloads, up to 4 s", "90 % right, 0 wrong"),
            ("equal", "the same", "90 % right, 0 wrong"), ("equal", "the same", "90 % right, 0 wrong"),
            ("barrier", "500 pairs, equal payloads, all ask at the same moment", "0 wrong")):
        backend = lab.start("p", words + ["backend", "7001"], "backend.log")
        relay = lab.start("p", words + ["relay", "7000", "7001"], "loop.log")
        until(lambda: lab.listens("p", 7000) and lab.listens("p", 7001), "the loop to listen")
        clients = lab.start("p", words + ["clients", "7000", "500", "60", kind], "clients.log")
        until(lambda: "ready" in printed("clients.log"), "500 clients", 60)
        time.sleep(1)
        command = [tool, "once" if kind == "different" else "pids", str(relay.pid)]
        said = run(*command, timeout=60)
        summary = next(line for line in said.splitlines() if line.endswith("snapshots"))
        behind = ports("backend.log")
        truth = {port: behind[number] for number, port in ports("clients.log").items()}
        claims = [line.split() for line in said.splitlines() if all(word.isdigit() for word in line.split()) and line.strip()]
        right = sum(truth[int(client)] == int(made) for client, made in claims)
        seconds, snapshots = float(summary.split()[4]), int(summary.split()[6])
        wrong = len(claims) - right
        met = wrong == 0 and right >= {"different": 500, "equal": 450, "barrier": 0}[kind] and seconds < 4.5
        lines.append(
            f"| {what} | `{os.path.basename(tool)} {command[1]} PID` | {right} | {len(truth) - len(claims)} | {wrong} | "
            f"{seconds:.2f} s | {snapshots} | {target} | {'yes' if met else 'no'} |")
        print(lines[-1], file=sys.stderr, flush=True)
        for process in (clients, relay, backend):
            lab.stop(process)
    return lines


def machine():
    with open("/proc/cpuinfo") as file:
        models = {line.split(":", 1)[1].strip() for line in file if line.startswith("model name")}
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"Linux {platform.release()}, {os.cpu_count()} CPUs ({', '.join(sorted(models)) or platform.machine()}), {memory:.0f} GB"


def tail():
    """What proxy_rows.py wrote behind it."""
    with open(os.path.join(HERE, "relays.md")) as file:
        _, heading, rest = file.read().partition("\n## ")
    return heading + rest


def main():
    names = [n for n in CASES if any(w.lower() in n.lower() for w in sys.argv[1:])] if sys.argv[1:] else list(CASES)
    lines, bytes_lines = [], []
    load_before = os.getloadavg()[0]
    lab = Lab()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        lab.build()
        for name in names:
            program, *_, clients, tiers = CASES[name]
            if not shutil.which(program) and program in ("nginx", "haproxy", "socat", "docker-proxy"):
                lines.append(f"| {name} | | not installed: {program} |")
                continue
            for tier in tiers.split():
                r = Run(lab, name, tier).measure()
                share = r["right"] / r["pairs"] if r["pairs"] else 0
                lines.append(
                    f"| {name} | {tier} | {clients} | {r['requests']} | {r['pairs']} | {r['right']} ({share:.2%}) | "
                    f"{r['ambiguous']} | {r['wrong']} | {r['missing']} | {r['cpu']:.1%} | {r['ending']:.2f} s |")
                print(lines[-1], file=sys.stderr, flush=True)
        if not sys.argv[1:] or "mirrored" in sys.argv[1:]:
            bytes_lines = mirrored(lab)
    finally:
        lab.close()
    text = "\n".join([
        "# Which client a relay's connection serves", "",
        f"One run of `Benchmarks/relays.py` (`make bench-relays`), {time.strftime('%Y-%m-%d')}: {machine()}.",
        f"Load average {load_before:.1f} before the run and {os.getloadavg()[0]:.1f} after it; clients, relay, servers and Headwater",
        "share these CPUs. The truth is what clients and servers wrote down of each request.", "",
        "Every row: `headwater relays :PORT --only TIER --json --for WINDOW --patience 4`.", "",
        f"- `cause`: the window is the {SECONDS} s of the load, 5 requests for each connection. A pair is a client's connection and the",
        "  relay's own connection that one of its requests went over and was answered.",
        "- `session`, `bytes`: connections last; a window of 1 s, then what the relay says or the sockets' counters. Clients of",
        "  TCP relays ask two to ten times a second; of HTTP, at once again, and there a client counts once: right if the connection",
        "  that it is said to use was used by a request of it at that time.",
        "- Answers take 0 to 20 ms. Requests are all equally long, and so are answers: no pair has bytes of its own.",
        "- Right: the pair is shown. Ambiguous: a side of it is shown, and that the other is not known. Missing: neither. Wrong: a shown",
        "  pair that did not happen. CPU: of Headwater within the window. Answer: from the window's end to the program's.", "",
        "Why some are not right: a list of sessions knows who has a request under way at one moment, not who is between two. Copied",
        "data that another thread sends, and work done in a random order, leave no order that tells a cause; a program that is not",
        "known to relay is not shown at all until one pair is found. With many requests at once some exchanges of HAProxy stay open;",
        "one between connections that have other pairs is missing.", "",
        "| relay | tier | clients | requests | pairs | right | ambiguous | wrong | missing | CPU | answer after |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |", *lines,
        *(["", "By bytes alone, of what lasts (one loop in Python relays 500 connections on loopback):", "",
           "| what | command | right | ambiguous | wrong | after | snapshots | target | met |",
           "| --- | --- | --- | --- | --- | --- | --- | --- | --- |", *bytes_lines] if bytes_lines else [])]) + "\n"
    print(text)
    if not sys.argv[1:]:
        kept = tail()
        with open(os.path.join(HERE, "relays.md"), "w") as out:
            out.write(text + kept)


if __name__ == "__main__":
    main()
