#!/usr/bin/env python3
"""Makes an access log in the combined format: `access_log.py FILE [BYTES [SEED]]`, 1 GB unless said otherwise.

What a busy server's log looks like: clients and paths by Zipf's law (a few ask most, many ask once), a day's rhythm,
lines out of order by a second or two, queries, referers, a hundred user agents, scanners that ask for what isn't there,
a few machines that ask at fixed intervals. The same seed gives the same file.
"""
import bisect
import itertools
import random
import sys
import time

CLIENTS, PATHS, MISSING = 400_000, 60_000, 200_000
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
WORDS = "api assets blog cart css docs feed img item js login news order page post search shop static tag user v1 v2 wiki".split()
SYSTEMS = ["X11; Linux x86_64", "Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7", "iPhone; CPU iPhone OS 17_5 like Mac OS X",
           "Linux; Android 14; Pixel 8"]
BOTS = ["Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
        "curl/8.5.0", "Go-http-client/1.1", "python-requests/2.31.0", "-", "Wget/1.21.4"]


def zipf(count, exponent):
    """Cumulative weights of 1/rank^exponent."""
    return list(itertools.accumulate(1 / (rank + 1) ** exponent for rank in range(count)))


def pick(numbers, weights, many):
    top = weights[-1]
    return [bisect.bisect(weights, numbers.random() * top) for _ in range(many)]


def main():
    path = sys.argv[1]
    limit = int(float(sys.argv[2])) if len(sys.argv) > 2 else 1_000_000_000
    numbers = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    clients = [f"{numbers.randrange(1, 224)}.{numbers.randrange(256)}.{numbers.randrange(256)}.{numbers.randrange(1, 255)}" if n % 12
               else f"2001:db8:{numbers.randrange(65536):x}:{numbers.randrange(65536):x}::{numbers.randrange(1, 65536):x}" for n in range(CLIENTS)]
    paths = ["/" + "/".join(numbers.choice(WORDS) for _ in range(numbers.randrange(1, 4))) + f"/{n:x}" + numbers.choice(["", ".html", ".js", ".png", ".css", ""])
             for n in range(PATHS)]
    agents = [f"Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{version}.0.0.0 Safari/537.36" for system in SYSTEMS for version in range(100, 120)] + BOTS
    client_weights, path_weights = zipf(CLIENTS, 0.9), zipf(PATHS, 1.0)
    pollers = [(clients[n * 37 + 5], paths[n * 11 + 3], period) for n, period in enumerate((1, 5, 10, 30, 60, 300))]
    second, written, size = 1_741_564_800, 0, 65536  # 2025-03-10
    with open(path, "wb", buffering=1 << 22) as out:
        while written < limit:
            lines = []
            who = pick(numbers, client_weights, size)
            what = pick(numbers, path_weights, size)
            place = 0
            while place < size:
                hour = second % 86400 / 3600
                rate = max(2, int(numbers.gauss(30, 6) * (0.35 + 0.65 * (8 < hour < 23))))
                stamps = []
                for late in (0, 1, 2):
                    moment = time.gmtime(second - late)
                    stamps.append(f"{moment.tm_mday:02}/{MONTHS[moment.tm_mon - 1]}/{moment.tm_year}:{moment.tm_hour:02}:{moment.tm_min:02}:{moment.tm_sec:02} +0000")
                for client, asked, period in pollers:
                    if second % period == 0:
                        lines.append(f'{client} - - [{stamps[0]}] "GET {asked} HTTP/1.1" 200 {len(asked) * 7} "-" "Go-http-client/1.1"\n')
                for n in range(place, min(size, place + rate)):
                    client, asked, dice = clients[who[n]], paths[what[n]], numbers.random()
                    status, method, referer = 200, "GET", "-"
                    if dice < 0.04:
                        asked, status = f"/{numbers.choice(WORDS)}/{numbers.randrange(MISSING):x}.php", 404
                    elif dice < 0.09:
                        method = "POST"
                    elif dice < 0.19:
                        status = 304
                    elif dice < 0.22:
                        status = 301
                    elif dice < 0.225:
                        status = 502
                    if dice > 0.8:
                        asked += f"?q={numbers.randrange(1 << 30):x}&page={numbers.randrange(9)}"
                    if dice > 0.4:
                        referer = f"https://www.example.com{paths[what[n] % 997]}"
                    bytes_sent = 0 if status == 304 else int(numbers.paretovariate(0.9) * 400) % 5_000_000
                    stamp = stamps[0 if dice < 0.97 else 1 if dice < 0.99 else 2]
                    lines.append(f'{client} - - [{stamp}] "{method} {asked} HTTP/1.1" {status} {bytes_sent} "{referer}" "{agents[who[n] * 7919 % len(agents)]}"\n')
                place += rate
                second += 1
            text = "".join(lines).encode()
            out.write(text)
            written += len(text)


main()
