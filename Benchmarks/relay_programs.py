#!/usr/bin/env python3
"""Small TCP relays that work in different ways: relay_programs.py threads|loop|handover|fork PORT SERVER SERVER_PORT."""
import os
import queue
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


def by_handover():
    """One thread reads, another one writes."""
    work = queue.SimpleQueue()

    def write():
        while True:
            sink, data = work.get()
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


{"threads": by_threads, "fork": by_fork, "loop": by_loop, "handover": by_handover}[kind]()
