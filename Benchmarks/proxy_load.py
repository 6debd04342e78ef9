#!/usr/bin/env python3
"""Both ends of what goes through a proxy. Each end writes down what it knows of every request.

  proxy_load.py serve ADDRESS PORT FILE [CERTIFICATE KEY]
  proxy_load.py ask   JSON

`serve` answers GET /NUMBER/SIZE/RATE with SIZE bytes, RATE a second (0: at once), after 0 to 20 ms, and notes `NUMBER PORT`: which port the request's connection
came from, and every 50 ms `t NS {GROUP: BYTES}`: what its sockets have sent and received with all headers, as the kernel counts
them, for requests of each group (ten million numbers). With a certificate it speaks TLS.

`ask` takes {"proxy": [address, port], "server": [address, port], "mode": "plain" | "absolute" | "connect" | "socks5", "tls": null |
"outer" | "inner", "file": …, "first": number, "source": address, "count": connections at a time, "requests": for each connection,
"size": bytes of an answer, "pause": seconds between two requests, 0 to twice as much}. It notes
`a NUMBER PORT NS` when it asks, and `d NUMBER NS` when all of the answer is there (CLOCK_MONOTONIC). It ends with SIGTERM.
"""
import asyncio
import json
import random
import signal
import socket
import ssl
import struct
import sys
import time


def moved(held):
    """Bytes of a TCP connection both ways with the headers of IP and TCP (linux/tcp.h, struct tcp_info)."""
    acked, received, out, into = struct.unpack_from("QQII", held.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 144), 120)
    return acked + received + (out + into) * (72 if held.family == socket.AF_INET6 else 52)


async def serve(address, port, path, certificate=None, key=None):
    log = open(path, "w", buffering=1 << 16)
    body = b"y" * 65536

    live, totals = {}, {}

    def count(held):
        group, before = live[held]
        now = moved(held)
        totals[group] = totals.get(group, 0) + now - before
        live[held] = (group, now)

    async def flush():
        while True:
            await asyncio.sleep(0.05)
            for held in live:
                try:
                    count(held)
                except OSError:  # it has just been closed
                    continue
            log.write(f"t {time.monotonic_ns()} {json.dumps(totals, separators=(',', ':'))}\n")
            log.flush()

    async def handle(reader, writer):
        came_from = writer.get_extra_info("peername")[1]
        held = writer.get_extra_info("socket")
        live[held] = (None, 0)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                if head.startswith(b"PROXY "):
                    head = head.split(b"\r\n", 1)[1]
                words = head.split(b" ", 2)[1].decode().rsplit("/", 3)
                number, left, rate = int(words[1]), int(words[2]), int(words[3])
                log.write(f"{number} {came_from}\n")
                # What set the connection up is the first one's.
                if live[held][0] is not None:
                    count(held)
                live[held] = (number // 10_000_000, live[held][1])
                await asyncio.sleep(random.random() * 0.02)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nCache-Control: no-store\r\n"
                             b"Content-Length: %d\r\n\r\n" % left)
                while left:
                    part = min(left, rate // 20 if rate else len(body))
                    writer.write(body[:part])
                    await writer.drain()
                    left -= part
                    if rate:
                        await asyncio.sleep(0.05)
        except (asyncio.IncompleteReadError, OSError, ValueError, IndexError):
            pass
        finally:
            try:
                count(held)
            except OSError:
                pass
            del live[held]
            writer.close()

    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
    server = await asyncio.start_server(handle, address, int(port), ssl=context, backlog=2048)
    asyncio.get_running_loop().create_task(flush())
    async with server:
        await server.serve_forever()


class Asker:
    def __init__(self, plan):
        self.plan = plan
        self.log = open(plan["file"], "w", buffering=1 << 16)
        self.number = plan["first"]
        self.context = ssl.create_default_context()
        self.context.check_hostname, self.context.verify_mode = False, ssl.CERT_NONE

    async def tunnel(self, reader, writer):
        """The proxy's own handshake."""
        address, port = self.plan["server"]
        host = f"[{address}]" if ":" in address else address
        if self.plan["mode"] == "connect":
            writer.write(f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
            answer = await reader.readuntil(b"\r\n\r\n")
            if b" 200" not in answer.split(b"\r\n")[0]:
                raise OSError(answer.decode(errors="replace"))
        if self.plan["mode"] == "socks5":
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            writer.write(b"\x05\x01\x00")
            await reader.readexactly(2)
            writer.write(b"\x05\x01\x00" + (b"\x04" if ":" in address else b"\x01") + socket.inet_pton(family, address)
                         + port.to_bytes(2, "big"))
            answer = await reader.readexactly(4)
            if answer[1]:
                raise OSError(f"SOCKS {answer[1]}")
            await reader.readexactly(18 if answer[3] == 4 else 6)

    async def connection(self, slot):
        plan = self.plan
        address, port = plan["server"]
        host = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
        outer = self.context if plan.get("tls") == "outer" else None
        reader, writer = await asyncio.open_connection(
            *plan["proxy"], local_addr=(plan["source"], 0), ssl=outer, server_hostname="example.org" if outer else None)
        try:
            own = writer.get_extra_info("sockname")[1]
            await self.tunnel(reader, writer)
            if plan.get("tls") == "inner":
                await writer.start_tls(self.context, server_hostname="example.org")
            for turn in range(plan["requests"]):
                self.number += 1
                number = self.number
                path = f"/{number}/{plan['size']}/{plan['rate']}"
                if plan["mode"] == "absolute":
                    path = f"http://{host}{path}"
                last = "Connection: close\r\n" if turn == plan["requests"] - 1 else ""
                self.log.write(f"a {number} {own} {time.monotonic_ns()}\n")
                writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n{last}\r\n".encode())
                head = await reader.readuntil(b"\r\n\r\n")
                if b" 200" not in head.split(b"\r\n")[0]:
                    raise OSError(head.decode(errors="replace"))
                await self.body(reader, head)
                self.log.write(f"d {number} {time.monotonic_ns()}\n")
                await asyncio.sleep(plan["pause"] * random.random() * 2)
        finally:
            writer.close()

    async def body(self, reader, head):
        async def take(left):
            while left:
                part = await reader.read(min(left, 1 << 18))
                if not part:
                    raise OSError("the answer ends early")
                left -= len(part)

        if b"chunked" not in head.lower():
            return await take(self.plan["size"])
        while True:
            length = int((await reader.readline()).split(b";")[0], 16)
            await take(length)
            await reader.readexactly(2)
            if not length:
                return

    async def loop(self, slot):
        await asyncio.sleep(random.random() * 0.3)
        while True:
            try:
                await self.connection(slot)
            except (asyncio.IncompleteReadError, OSError, ValueError, ssl.SSLError) as error:
                self.log.write(f"e {time.monotonic_ns()} {repr(error)[:200]}\n")
                await asyncio.sleep(0.2)

    async def run(self):
        tasks = [self.loop(slot) for slot in range(self.plan["count"])]
        everything = asyncio.gather(*tasks)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, everything.cancel)
        try:
            await everything
        except asyncio.CancelledError:
            self.log.close()


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        asyncio.run(serve(*sys.argv[2:]))
    else:
        asyncio.run(Asker(json.loads(sys.argv[2])).run())
