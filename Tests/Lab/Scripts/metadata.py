#!/usr/bin/python3
"""A stand-in for a cloud's metadata service (AWS, version 2): one public address for one own address.

    metadata.py ADDRESS OUTER OWN

Nothing is answered without a token, which is made anew each time it is asked for. Prints {"ready": true} once it
listens, and each request's method and path.
"""
import http.server
import secrets
import sys

address, outer, own = sys.argv[1:]
mac = "02:29:96:8f:6a:2d"
root = "/latest/meta-data"
tree = {
    f"{root}/network/interfaces/macs/": f"{mac}/\n",
    f"{root}/network/interfaces/macs/{mac}/ipv4-associations/": outer,
    f"{root}/network/interfaces/macs/{mac}/ipv4-associations/{outer}": own,
    f"{root}/public-ipv4": outer,
    f"{root}/local-ipv4": own,
}
tokens = set()


class Service(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, text=""):
        print(self.command, self.path, status, flush=True)
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def do_PUT(self):
        if self.path != "/latest/api/token" or not self.headers.get("X-aws-ec2-metadata-token-ttl-seconds"):
            return self.answer(400)
        token = secrets.token_urlsafe(24)
        tokens.add(token)
        self.answer(200, token)

    def do_GET(self):
        if self.headers.get("X-aws-ec2-metadata-token") not in tokens:
            return self.answer(401)
        if self.path not in tree:
            return self.answer(404)
        self.answer(200, tree[self.path])

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer((address, 80), Service)
print('{"ready": true}', flush=True)
server.serve_forever()
