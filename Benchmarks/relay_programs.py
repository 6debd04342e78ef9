#!/usr/bin/env python3
"""Small TCP relays that work in different ways: relay_programs.py KIND PORT SERVER SERVER_PORT.

threads, fork: one per connection; loop: one event loop; handover: one thread reads, another writes; copying: the same, and
the writer sends a copy from memory of its own; queue, stack, shuffled: reads all that is there, then works on it in that
order, over connections that are used again.
"""
import os
import queue
import random
import selectors
import signal
import socket
import sys
import threading

kind, port, server = sys.argv[1], int(sys.argv[2]), (sys.argv[3], int(sys.argv[4]))


def listen(address="0.0.0.0"):
    return socket.create_server((address, port), backlog=1024)


def pump(source, sink):
    while data := source.recv(65536):
        sink.sendall(data)


def serve(client):
    """Both directions by one thread."""
    with client, socket.create_connection(server) as made, selectors.DefaultSelector() as selector:
        selector.register(client, selectors.EVENT_READ, made)
        selector.register(made, selectors.EVENT_READ, client)
        while True:
            for key, _ in selector.select():
                data = key.fileobj.recv(65536)
                if not data:
                    return
                key.data.sendall(data)


def by_threads():
    listener = listen()
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()


def by_fork():
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    listener = listen()
    while True:
        client, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            serve(client)
            os._exit(0)
        client.close()


def by_loop():
    selector = selectors.DefaultSelector()
    listener = listen()
    selector.register(listener, selectors.EVENT_READ, None)
    while True:
        for key, _ in selector.select():
            if key.data is None:
                client, _ = listener.accept()
                made = socket.create_connection(server)
                selector.register(client, selectors.EVENT_READ, made)
                selector.register(made, selectors.EVENT_READ, client)
                continue
            if key.fileobj.fileno() < 0:
                continue
            data = key.fileobj.recv(65536)
            if data:
                key.data.sendall(data)
                continue
            for end in (key.fileobj, key.data):
                selector.unregister(end)
                end.close()


def by_handover(copies=False):
    """One thread reads, another one writes."""
    work = queue.SimpleQueue()

    def write():
        while True:
            sink, data = work.get()
            if copies:
                data = data[:1] + data[1:]
            try:
                sink.sendall(data) if data else sink.close()
            except OSError:
                pass

    threading.Thread(target=write, daemon=True).start()
    selector = selectors.DefaultSelector()
    listener = listen()
    selector.register(listener, selectors.EVENT_READ, None)
    while True:
        for key, _ in selector.select():
            if key.data is None:
                client, _ = listener.accept()
                made = socket.create_connection(server)
                selector.register(client, selectors.EVENT_READ, made)
                selector.register(made, selectors.EVENT_READ, client)
                continue
            if key.fileobj.fileno() < 0:
                continue
            data = key.fileobj.recv(65536)
            if data:
                work.put((key.data, data))
                continue
            for end in (key.fileobj, key.data):
                try:
                    selector.unregister(end)
                except (KeyError, ValueError):
                    continue
                work.put((end, b""))


def by_batch(arrange):
    """Requests are lines. What is read in one round is worked on afterwards, in the order that `arrange` makes."""
    selector = selectors.DefaultSelector()
    listener = listen()
    selector.register(listener, selectors.EVENT_READ, None)
    idle, serves = [], {}
    while True:
        work = []
        for key, _ in selector.select():
            if key.data is None:
                client, _ = listener.accept()
                selector.register(client, selectors.EVENT_READ, "client")
                continue
            data = key.fileobj.recv(65536)
            if data:
                work.append((key.fileobj, key.data, data))
            else:
                selector.unregister(key.fileobj)
                key.fileobj.close()
                idle = [made for made in idle if made is not key.fileobj]
        arrange(work)
        for source, role, data in work:
            if role == "client":
                if idle:
                    made = idle.pop()
                else:
                    made = socket.create_connection(server)
                    selector.register(made, selectors.EVENT_READ, "server")
                serves[made] = source
                made.sendall(b"%s" % data[:1] + data[1:])
            else:
                client = serves.pop(source)
                idle.append(source)
                try:
                    client.sendall(data[:1] + data[1:])
                except OSError:
                    pass


{"queue": lambda: by_batch(lambda work: None), "stack": lambda: by_batch(list.reverse),
 "shuffled": lambda: by_batch(random.shuffle), "copying": lambda: by_handover(copies=True), "threads": by_threads, "fork": by_fork, "loop": by_loop, "handover": by_handover}[kind]()
