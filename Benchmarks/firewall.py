#!/usr/bin/env python3
"""Holds the verdicts of copies of random firewalls against real connections, and writes Benchmarks/firewall.md.

usage: firewall.py [RULESETS]    (after `swift build --build-tests`, as root)
"""
import os
import re
import subprocess
import sys

root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
count = sys.argv[1] if len(sys.argv) > 1 else "200"
run = subprocess.run(
    [root + "/.build/debug/headwaterPackageTests.xctest", "--testing-library", "swift-testing", "--no-parallel",
     "--filter", "FirewallTests.*random"],
    cwd=root, env=dict(os.environ, HEADWATER_RULESETS=count), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
rows = re.findall(r"^firewall (\w+) seed (\d+): (\d+) of (\d+) reachable, (\d+) differ, asked in ([\d.e-]+) seconds",
                  run.stdout, re.M)
differing = sum(int(row[4]) for row in rows)
table = ["| rules | seed | questions | reachable | verdicts that differ | copied and asked in |", "| --- | --- | --- | --- | --- | --- |"]
table += [f"| {kind} | {seed} | {all} | {open} | {wrong} | {float(time) * 1000:.0f} ms |"
          for kind, seed, open, all, wrong, time in rows]
with open(root + "/Benchmarks/firewall.md", "w") as page:
    page.write("# Copies of firewalls against real connections\n\n"
               "Each row is one ruleset that its seed makes (`Tests/IntegrationTests/RandomRules.swift`). A copy is asked about 25\n"
               "packets, and a second host then really connects. `make bench-firewall` writes this page.\n\n"
               f"{len(rows)} rulesets, {sum(int(row[3]) for row in rows)} questions: {differing} verdicts differ.\n\n"
               + "\n".join(table) + "\n")
print(f"{len(rows)} rulesets, {differing} verdicts differ, status {run.returncode}")
if run.returncode:
    print(run.stdout[-4000:])
sys.exit(run.returncode)
