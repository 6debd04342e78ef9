#!/usr/bin/env python3
"""Holds what Headwater says of relays against the truth, and writes Benchmarks/relays.md.

  Benchmarks/relays.py [RELAY…]      all of them unless named; a run of some is printed only

Clients and servers give every request a number (relay_load.py); Headwater sees none of it. Clients, relay and servers are in
three network namespaces, which are gone afterwards. HEADWATER names the executable (.build/release/headwater unless set).
A tier is a way of telling pairs: a command that prints one JSON object a line, with `inbound` and `outbound` flows (absent
`inbound`: ambiguous) until it gets a signal.
"""
import collections
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
TIERS = {"cause": [HEADWATER, "relay-links", "60"]}
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
# name: program, port, what clients speak, what the server speaks, requests per client connection, clients
CASES = {
    "nginx, TLS to HTTP": ("nginx", 8001, "https", "http", 5, CLIENTS),
    "nginx, TLS to HTTP, upstream keep-alive": ("nginx", 8002, "https", "http", 5, CLIENTS),
    "nginx, stream": ("nginx", 8003, "line", "line", 5, CLIENTS),
    "HAProxy, TCP, 2 threads": ("haproxy", 8011, "line", "line", 5, CLIENTS),
    "HAProxy, HTTP, http-reuse always, 2 threads": ("haproxy", 8012, "http", "http", 5, CLIENTS),
    "HAProxy, HTTP, no reuse, 2 threads": ("haproxy", 8013, "http", "http", 5, CLIENTS),
    "socat, a process per connection": ("socat", 8021, "line", "line", 5, 100),
    "docker-proxy (Go, splice)": ("docker-proxy", 8022, "line", "line", 5, CLIENTS),
    "Python, a thread per connection": ("threads", 8031, "line", "line", 5, CLIENTS),
    "Python, one event loop": ("loop", 8032, "line", "line", 5, CLIENTS),
    "Python, reads and writes by different threads": ("handover", 8033, "line", "line", 5, CLIENTS),
    "Python, the same with copied data": ("copying", 8034, "line", "line", 5, CLIENTS),
    "Python, in batches, first come first served, reuse": ("queue", 8035, "line", "line", 5, CLIENTS),
    "Python, in batches, last come first served, reuse": ("stack", 8036, "line", "line", 5, CLIENTS),
    "Python, in batches, shuffled, reuse": ("shuffled", 8037, "line", "line", 5, CLIENTS),
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
                os.kill(int(pid), signal.SIGKILL)
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
            out.write(HAPROXY.format(server=SERVER))
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


def measure(lab, name, tier):
    program, port, mode, backend, per_connection, clients = CASES[name]
    server_port = 9000 if backend == "http" else 9001
    served, asked = f"{lab.folder}/served", f"{lab.folder}/asked"
    server = lab.start("s", [PYTHON, LOAD, "serve", SERVER, str(server_port), backend, served, str(DELAY_MS)], "server.log")
    relay = lab.start("p", relay_command(lab, program, port), "relay.log")
    until(lambda: lab.listens("s", server_port) and lab.listens("p", port), f"{name} to listen")
    watch = lab.start(None, TIERS[tier], "links")
    if b"ready" not in watch.stderr.readline():
        raise RuntimeError(watch.stderr.read().decode())
    began = time.monotonic()
    lab.running.append(client := subprocess.Popen(
        ["ip", "netns", "exec", lab.names[0], PYTHON, LOAD, "ask", RELAY, str(port), mode, asked, str(clients),
         str(SECONDS), str(per_connection)], start_new_session=True))
    client.wait(SECONDS + 30)
    lab.running.remove(client)
    time.sleep(0.3)
    taken = processor_seconds(watch.pid)
    seconds = time.monotonic() - began
    ending = time.monotonic()
    watch.send_signal(signal.SIGTERM)
    last = watch.stderr.read().decode().strip().splitlines()[-1]
    lab.stop(watch)
    ending = time.monotonic() - ending
    lab.stop(server)
    lab.stop(relay)
    with open(asked) as file:
        asked = json.load(file)
    with open(served) as file:
        served = json.load(file)
    ports = dict(asked["asked"])
    happened = {(ports[number], peer) for number, peer in served}
    answered = set(asked["answered"])
    truth = {(ports[number], peer) for number, peer in served if number in answered}
    claimed, ambiguous = collections.Counter(), set()
    with open(f"{lab.folder}/links") as file:
        for line in file:
            link = json.loads(line)
            if not link["outbound"]["destination"].endswith(f"{SERVER}:{server_port}"):
                continue
            made = int(link["outbound"]["source"].rsplit(":", 1)[1])
            if "inbound" in link:
                claimed[int(link["inbound"]["source"].rsplit(":", 1)[1]), made] += link["exchanges"]
            else:
                ambiguous.add(made)
    right = truth & claimed.keys()
    left = truth - right
    vague = {pair for pair in left if pair[1] in ambiguous}
    wrong = claimed.keys() - happened
    return {
        "requests": len(answered), "pairs": len(truth), "right": len(right), "ambiguous": len(vague),
        "wrong": len(wrong), "missing": len(left) - len(vague), "records": last, "cpu": taken, "seconds": seconds,
        "ending": ending, "failed": asked["failed"],
    }


def main():
    names = [n for n in CASES if any(w.lower() in n.lower() for w in sys.argv[1:])] if sys.argv[1:] else list(CASES)
    lines = []
    lab = Lab()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        lab.build()
        for name in names:
            if not shutil.which(CASES[name][0]) and CASES[name][0] in ("nginx", "haproxy", "socat", "docker-proxy"):
                lines.append(f"| {name} | | not installed: {CASES[name][0]} |")
                continue
            for tier in TIERS:
                r = measure(lab, name, tier)
                share = r["right"] / r["pairs"] if r["pairs"] else 0
                lines.append(
                    f"| {name} | {tier} | {CASES[name][5]} | {r['requests']} | {r['pairs']} | {r['right']} ({share:.2%}) | "
                    f"{r['ambiguous']} | {r['wrong']} | {r['missing']} | {r['records']} | "
                    f"{r['cpu'] / r['seconds']:.1%} | {r['ending']:.2f} s |")
                print(lines[-1], file=sys.stderr, flush=True)
    finally:
        lab.close()
    text = "\n".join([
        "# Which client a relay's connection serves", "",
        f"One run of `Benchmarks/relays.py`: Linux {platform.release()}, {os.cpu_count()} CPUs, "
        f"{time.strftime('%Y-%m-%d')}. Clients, relay, servers and Headwater share these CPUs.",
        "A pair is a client's connection and the relay's own connection that one of its requests went over and was answered.",
        "Answers take 0 to 20 ms and are all equally long. Right: the pair was claimed. Ambiguous: the relay's connection was reported with more",
        "than one candidate. Wrong: a claimed pair that did not happen. CPU: of Headwater, while the clients ran.", "",
        "| relay | tier | clients | requests | pairs | right | ambiguous | wrong | missing | seen | CPU | answer after |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |", *lines]) + "\n"
    print(text)
    if not sys.argv[1:]:
        with open(os.path.join(HERE, "relays.md"), "w") as out:
            out.write(text)


if __name__ == "__main__":
    main()
