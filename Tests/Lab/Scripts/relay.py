"""A relay, its clients and its backend. Everyone knows who belongs to whom by a number of eight bytes that each client
sends first; the relay does not look at it.

    relay.py backend PORT
    relay.py relay PORT BACKEND-PORT
    relay.py tls PORT BACKEND-PORT CERTIFICATE     ends TLS
    relay.py clients PORT COUNT SECONDS KIND [tls]      KIND: different, equal, barrier, idle

Backend and clients print one line `ID PORT` for each connection, the clients their own port, the backend that of the
relay's connection; the clients print `ready` when all are connected and have been answered, and end after SECONDS.
"""

import asyncio
import random
import resource
import selectors
import socket
import ssl
import sys
import time

resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
HOST = "127.0.0.1"


async def backend(port):
    async def serve(reader, writer):
        try:
            identity = int.from_bytes(await reader.readexactly(8), "big")
            print(identity, writer.get_extra_info("peername")[1], flush=True)
            while True:
                head = await reader.readexactly(8)
                asked, answered = int.from_bytes(head[:4], "big"), int.from_bytes(head[4:], "big")
                await reader.readexactly(asked)
                writer.write(b"a" * answered)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(serve, HOST, port, backlog=4096)
    print("listening", flush=True)
    await server.serve_forever()


def relay(port, target):
    """One loop, as HAProxy or nginx have it."""
    poll = selectors.DefaultSelector()
    listener = socket.create_server((HOST, port), backlog=4096)
    listener.setblocking(False)
    poll.register(listener, selectors.EVENT_READ, None)
    print("listening", flush=True)

    def close(*ends):
        for end in ends:
            try:
                poll.unregister(end)
            except KeyError:
                pass
            end.close()

    while True:
        for key, _ in poll.select():
            if key.data is None:
                inbound, _ = listener.accept()
                outbound = socket.create_connection((HOST, target))
                poll.register(inbound, selectors.EVENT_READ, outbound)
                poll.register(outbound, selectors.EVENT_READ, inbound)
                continue
            try:
                piece = key.fileobj.recv(16384)
                if piece:
                    key.data.sendall(piece)
                    continue
            except (ConnectionError, OSError):
                pass
            if key.fileobj.fileno() >= 0:
                close(key.fileobj, key.data)


async def tls_relay(port, target, certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    async def pump(reader, writer):
        while piece := await reader.read(16384):
            writer.write(piece)
            await writer.drain()
        writer.close()

    async def serve(reader, writer):
        far_reader, far_writer = await asyncio.open_connection(HOST, target)
        try:
            await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))
        except (ConnectionError, OSError):
            pass

    server = await asyncio.start_server(serve, HOST, port, backlog=4096, ssl=context)
    print("listening", flush=True)
    await server.serve_forever()


async def clients(port, count, seconds, kind, tls):
    context = ssl._create_unverified_context() if tls else None
    end = time.monotonic() + seconds
    connected = 0
    everyone = asyncio.Event()

    async def ask(reader, writer, asked, answered):
        writer.write(asked.to_bytes(4, "big") + answered.to_bytes(4, "big") + b"q" * asked)
        await writer.drain()
        if answered:
            await reader.readexactly(answered)

    async def client(identity):
        nonlocal connected
        reader, writer = await asyncio.open_connection(HOST, port, ssl=context)
        print(identity, writer.get_extra_info("sockname")[1], flush=True)
        writer.write(identity.to_bytes(8, "big"))
        chance = random.Random(identity)
        if kind == "different":
            await ask(reader, writer, chance.randint(1, 20000), chance.randint(1, 200000))
        elif kind != "idle":
            await ask(reader, writer, 100, 1000)
        connected += 1
        if connected == count:
            print("ready", flush=True)
            everyone.set()
        await everyone.wait()
        while time.monotonic() < end and kind in ("equal", "barrier"):
            if kind == "equal":
                await asyncio.sleep(chance.uniform(0.1, 0.5))
            else:
                now = time.monotonic()
                await asyncio.sleep(0.25 - now % 0.25)
            await ask(reader, writer, 100, 1000)
        await asyncio.sleep(max(0, end - time.monotonic()))
        writer.close()

    await asyncio.gather(*(client(identity) for identity in range(count)))


if __name__ == "__main__":
    what, rest = sys.argv[1], sys.argv[2:]
    if what == "backend":
        asyncio.run(backend(int(rest[0])))
    elif what == "relay":
        relay(int(rest[0]), int(rest[1]))
    elif what == "tls":
        asyncio.run(tls_relay(int(rest[0]), int(rest[1]), rest[2]))
    else:
        asyncio.run(clients(int(rest[0]), int(rest[1]), float(rest[2]), rest[3], rest[4:] == ["tls"]))
