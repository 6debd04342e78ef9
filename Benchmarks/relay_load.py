#!/usr/bin/env python3
"""Both ends of the traffic that goes through a relay, each of which writes down what it knows of every request.

  relay_load.py serve  ADDRESS PORT http|line FILE [DELAY_MS]
  relay_load.py ask    ADDRESS PORT http|https|line FILE CLIENTS SECONDS REQUESTS_PER_CONNECTION [THINK_MS]

Every request carries a number. The asking end notes number -> its own local port and when it asked, and when it was
answered (ns of CLOCK_MONOTONIC); the serving end notes number -> the port that the request's connection came from. Before
it asks again, a client waits a fifth of THINK_MS (0) up to all of it. Answers take 0 to DELAY_MS (20) milliseconds, so that
they come back in another order, and are all equally long: nothing but the order of events tells them apart. One epoll loop
each.
"""
import heapq
import json
import random
import select
import signal
import socket
import ssl
import sys
import time

stopped = False


def stop(*_):
    global stopped
    stopped = True


def serve(address, port, mode, path, delay_ms=20):
    delay = float(delay_ms) / 1000
    listener = socket.create_server((address, int(port)), backlog=4096)
    listener.setblocking(False)
    epoll = select.epoll()
    epoll.register(listener.fileno(), select.EPOLLIN)
    peers, buffers, seen, answers, count = {}, {}, [], [], 0
    end = b"\r\n\r\n" if mode == "http" else b"\n"
    body = b"x" * 200
    template = (b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % len(body)) + body
    print("ready", flush=True)

    def close(number):
        buffers.pop(number, None)
        peers.pop(number).close()

    while not stopped:
        wait = min(max(answers[0][0] - time.monotonic(), 0), 0.2) if answers else 0.2
        for number, _ in epoll.poll(wait):
            if number == listener.fileno():
                while True:
                    try:
                        peer, name = listener.accept()
                    except BlockingIOError:
                        break
                    peer.setblocking(False)
                    peers[peer.fileno()] = peer
                    buffers[peer.fileno()] = (b"", name[1])
                    epoll.register(peer.fileno(), select.EPOLLIN)
                continue
            try:
                data = peers[number].recv(65536)
            except BlockingIOError:
                continue
            except OSError:
                data = b""
            if not data:
                close(number)
                continue
            rest, came_from = buffers[number]
            *requests, rest = (rest + data).split(end)
            buffers[number] = (rest, came_from)
            for request in requests:
                key = request.split(b" ", 2)[1][1:] if mode == "http" else request
                seen.append((int(key), came_from))
                text = template if mode == "http" else b"%012d\n" % int(key)
                count += 1
                heapq.heappush(answers, (time.monotonic() + random.random() * delay, count, peers[number], text))
        now = time.monotonic()
        while answers and answers[0][0] <= now:
            _, _, peer, text = heapq.heappop(answers)
            try:
                peer.send(text)
            except OSError:
                pass
    with open(path, "w") as out:
        json.dump(seen, out)


class Client:
    __slots__ = ("socket", "left", "buffer", "state", "port", "number")


def ask(address, port, mode, path, clients, seconds, per_connection, think_ms=0):
    clients, per_connection, port = int(clients), int(per_connection), int(port)
    epoll = select.epoll()
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    table, asked, number, failed = {}, [], 1_000_000, 0
    answered, waiting, think = [], [], float(think_ms) / 1000
    deadline = time.monotonic() + float(seconds)
    end = 200 if mode != "line" else 13

    def connect():
        client = Client()
        held = socket.socket()
        held.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        held.connect((address, port))
        client.port = held.getsockname()[1]
        held.setblocking(False)
        client.state = "ready"
        if mode == "https":
            held = context.wrap_socket(held, do_handshake_on_connect=False)
            client.state = "handshake"
        client.socket, client.left, client.buffer = held, per_connection, b""
        table[held.fileno()] = client
        epoll.register(held.fileno(), select.EPOLLIN)
        advance(client)

    def send(client):
        nonlocal number
        number += 1
        asked.append((number, client.port, time.monotonic_ns()))
        client.buffer, client.state, client.number = b"", "asked", number
        if mode == "line":
            client.socket.send(b"%012d\n" % number)
        else:
            last = b"Connection: close\r\n" if client.left == 1 else b""
            client.socket.send(b"GET /%d HTTP/1.1\r\nHost: example.org\r\n%s\r\n" % (number, last))

    def close(client, again=True):
        table.pop(client.socket.fileno(), None)
        client.socket.close()
        if again and not stopped and time.monotonic() < deadline:
            connect()

    def advance(client):
        nonlocal failed
        try:
            if client.state == "handshake":
                client.socket.do_handshake()
                client.state = "ready"
            if client.state == "ready":
                send(client)
                return
            data = client.socket.recv(65536)
        except (ssl.SSLWantReadError, BlockingIOError):
            return
        except (ssl.SSLError, OSError):
            data = b""
        if not data:
            failed += 1
            return close(client)
        client.buffer += data
        if mode == "line":
            done = client.buffer.endswith(b"\n")
        else:
            head = client.buffer.find(b"\r\n\r\n")
            done = head >= 0 and len(client.buffer) >= head + 4 + end
        if not done:
            return
        answered.append((client.number, time.monotonic_ns()))
        client.left -= 1
        if client.left == 0 or time.monotonic() >= deadline:
            close(client)
        elif think:
            client.state = "thinking"
            heapq.heappush(waiting, (time.monotonic() + random.uniform(think / 5, think), client.number, client))
        else:
            send(client)

    for _ in range(clients):
        connect()
    while table and not stopped and time.monotonic() < deadline + 3:
        while waiting and waiting[0][0] <= time.monotonic():
            client = heapq.heappop(waiting)[2]
            if table.get(client.socket.fileno()) is not client:
                continue
            if time.monotonic() < deadline:
                send(client)
            else:
                close(client)
        for descriptor, _ in epoll.poll(min(max(waiting[0][0] - time.monotonic(), 0), 0.2) if waiting else 0.2):
            client = table.get(descriptor)
            if client:
                advance(client)
    with open(path, "w") as out:
        json.dump({"asked": asked, "answered": answered, "failed": failed}, out)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    {"serve": serve, "ask": ask}[sys.argv[1]](*sys.argv[2:])
