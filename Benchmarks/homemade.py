#!/usr/bin/env python3
"""Relays as people write them themselves.

  homemade.py KIND PORT ADDRESS PORT

threads    a pool of threads: one accepts, a free one carries both ways with poll
pool       requests of HTTP through a pool of connections that were opened before anybody asked
pipes      a process for each connection, which a second one feeds through pipes
one-read   all readable sockets are read first, then all is written, in another order
"""
import os
import queue
import random
import select
import socket
import sys
import threading
import time

KIND, PORT, SERVER = sys.argv[1], int(sys.argv[2]), (sys.argv[3], int(sys.argv[4]))


def listen():
    held = socket.create_server(("", PORT), backlog=1024)
    return held


def carry(client):
    try:
        made = socket.create_connection(SERVER)
    except OSError:
        return client.close()
    other = {client: made, made: client}
    poll = select.poll()
    for end in other:
        poll.register(end, select.POLLIN)
    by = {end.fileno(): end for end in other}
    try:
        while True:
            for number, _ in poll.poll():
                data = by[number].recv(65536)
                if not data:
                    return
                other[by[number]].sendall(data)
    except OSError:
        pass
    finally:
        made.close()
        client.close()


def threads():
    waiting = queue.Queue()

    def work():
        while True:
            carry(waiting.get())
    for _ in range(300):
        threading.Thread(target=work, daemon=True).start()
    held = listen()
    while True:
        waiting.put(held.accept()[0])


def message(held, before=b""):
    """One message of HTTP with its body: all of it, and what came behind it."""
    data = before
    while b"\r\n\r\n" not in data:
        part = held.recv(65536)
        if not part:
            return None, b""
        data += part
    head, rest = data.split(b"\r\n\r\n", 1)
    length = 0
    for line in head.split(b"\r\n")[1:]:
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    return head, length, rest


def pool():
    free = queue.LifoQueue()
    for _ in range(200):
        try:
            free.put(socket.create_connection(SERVER))
        except OSError:  # the server is not up yet
            time.sleep(0.1)
        if free.qsize() == 40:
            break

    def serve(client):
        rest = b""
        try:
            while True:
                found = message(client, rest)
                if found[0] is None:
                    return
                head, length, rest = found
                head = b"\r\n".join(line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:"))
                made = free.get()
                made.sendall(head + b"\r\n\r\n")
                head, length, body = message(made)
                client.sendall(head + b"\r\n\r\n" + body)
                left = length - len(body)
                while left:
                    part = made.recv(min(65536, left))
                    left -= len(part)
                    client.sendall(part)
                free.put(made)
        except (OSError, ValueError):
            pass
        finally:
            client.close()
    held = listen()
    while True:
        threading.Thread(target=serve, args=(held.accept()[0],), daemon=True).start()


def pipes():
    import subprocess
    held = listen()
    children = []
    while True:
        client, _ = held.accept()
        children.append(subprocess.Popen(["nc", SERVER[0], str(SERVER[1])], stdin=client, stdout=client))
        client.close()
        children = [child for child in children if child.poll() is None]


def one_read():
    held = listen()
    held.setblocking(False)
    other, pending = {}, {}
    poll = select.epoll()
    poll.register(held, select.EPOLLIN)
    by = {}

    def add(end, partner):
        other[end] = partner
        by[end.fileno()] = end
        end.setblocking(False)
        poll.register(end, select.EPOLLIN)

    def drop(end):
        for one in (end, other.get(end)):
            if one and one.fileno() in by:
                poll.unregister(one)
                del by[one.fileno()]
                other.pop(one, None)
                pending.pop(one, None)
                one.close()
    while True:
        taken = []
        for number, kind in poll.poll(0.005):
            if number == held.fileno():
                client, _ = held.accept()
                made = socket.create_connection(SERVER)
                add(client, made)
                add(made, client)
                continue
            end = by.get(number)
            if not end:
                continue
            try:
                data = end.recv(65536) if len(pending.get(other[end], b"")) < 1 << 20 else None
            except BlockingIOError:
                continue
            except OSError:
                data = b""
            if data == b"":
                drop(end)
            elif data:
                taken.append((other[end], data))
        random.shuffle(taken)
        for end, data in taken:
            pending[end] = pending.get(end, b"") + data
        for end in list(pending):
            if end.fileno() < 0 or not pending[end]:
                pending.pop(end, None)
                continue
            try:
                pending[end] = pending[end][end.send(pending[end]):]
            except BlockingIOError:
                pass
            except OSError:
                drop(end)


dict(threads=threads, pool=pool, pipes=pipes, **{"one-read": one_read})[KIND]()
