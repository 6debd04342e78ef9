#!/usr/bin/env python3
"""Boots the kernels that people run, and holds what headwater says on each against what happened there (make test-kernels).

kernels.py PROGRAM [--series 5.10,6.1] [--write]: PROGRAM is headwater, with its libraries. Kernels are Debian's packages, downloaded and
unpacked below .build/kernels, never installed; the machine is emulated (qemu, one processor). Ends with 1 if an answer is wrong.
"""
import argparse
import datetime
import json
import os
import platform
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOOLS = os.path.join(HERE, "..", "Support", "kernels")
FOLDER = os.path.join(HERE, "..", ".build", "kernels")
SERIES = ["5.10", "6.1", "6.12", "newest"]
PROGRAMS = "ip ss nft wg socat unshare tc"
SUBJECTS = {"meter": "eBPF meter", "relays": "relays by cause", "names": "names of flows", "follow": "inspect --follow"}
# Scene, whose process is the source, and which interface was asked for.
SCENES = {
    "nat": "container-like NAT", "relay": "relay by cause", "container": "from a container, --pid=host",
    "container-alone": "the same with its own pids", "vlan": "VLAN", "vlan-parent": "below the VLAN", "gre": "GRE",
    "gre-parent": "below GRE", "wireguard": "WireGuard", "wireguard-parent": "below WireGuard", "bond": "bond",
    "bond-leg": "below the bond", "vrf": "VRF", "sit": "SIT (IPv6 in IPv4)", "sit-parent": "below SIT", "geneve": "GENEVE",
    "geneve-parent": "below GENEVE", "vxlan": "VXLAN, IPv6 inside", "vxlan-parent": "below VXLAN", "ipvlan": "below ipvlan (l3)",
    "sctp": "SCTP", "ifb": "ifb, shaping what comes in", "ifb-parent": "beside the ifb", "mirror": "copies that tc makes",
    "mirror-source": "where the copies are made", "redirect": "guest redirected by tc",
}


def boot(series, program, seconds):
    """The kernel's release and the answers of each scene: status, document, errors. None and a reason where it can't be had."""
    fetched = subprocess.run([f"{TOOLS}/fetch", series, FOLDER], capture_output=True, text=True)
    if fetched.returncode:
        return None, (fetched.stderr.strip().splitlines() or ["no kernel"])[-1]
    environment = dict(os.environ, PROGRAMS=PROGRAMS, SECONDS_AT_MOST=str(seconds))
    output = subprocess.run(
        [f"{TOOLS}/boot", f"{FOLDER}/{series}", f"{TOOLS}/scenes", f"headwater={program}",
         f"sender={shutil.which('socat')}"],
        env=environment, capture_output=True, text=True, errors="replace")
    release, answers = None, {}
    for line in output.stdout.splitlines():
        if line.startswith("=== BEGIN "):
            release = line.split()[2]
        elif line.startswith("ANSWER "):
            _, scene, status, rest = (line + " ").split(" ", 3)
            end = rest.rfind("}") + 1
            try:
                answers[scene] = (int(status), json.loads(rest[:end]), rest[end:].strip())
            except ValueError:
                answers[scene] = (int(status), None, rest.strip()[-300:])
    if release is None:
        return None, (output.stderr.strip().splitlines() or ["the machine did not come up"])[-1]
    return (release, answers, output.returncode), None


def names(value):
    """All process names in a document's part."""
    found = set()
    if isinstance(value, dict):
        if isinstance(value.get("name"), str):
            found.add(value["name"])
        for part in value.values():
            found |= names(part)
    elif isinstance(value, list):
        for part in value:
            found |= names(part)
    return found


def judge_trace(answer, process):
    """(right, text): whether the interface's bytes are explained, and the process is in the chains that make most of them."""
    status, document, errors = answer
    if document is None:
        return False, f"no answer: {errors}"
    coverage = document["coverage"]
    total = coverage["bytes"]
    if not total:
        return False, "nothing moved"
    explained = coverage["explained"] / total
    whose = sum(chain.get("bytes", 0) for chain in document["chains"] if process in names(chain))
    share = whose / total
    text = f"{process} {share:.1%}, explained {explained:.1%}"
    if explained < 0.95 and coverage.get("reasons"):
        return share > 0.9, text + ": " + "; ".join(map(str, coverage["reasons"]))[:120]
    return share > 0.9 and explained <= 1.02, text


def judge_relay(answer):
    status, document, errors = answer
    if document is None:
        return False, f"no answer: {errors}"
    ways = [way for relay in document.get("relays", []) for way in relay["ways"]]
    right = [way for way in ways if way["method"] == "cause" and way["certainty"] == "observed"]
    # Two clients, each with a connection of its own.
    return len(right) == 2 and len(ways) == 2, f"{len(right)} of 2 pairs"


def judge_selftest(answer):
    status, document, errors = answer
    if document is None:
        return False, f"no answer: {errors}"
    kinds = {}
    faults = []
    for result in document["results"]:
        outcome = next(iter(result["outcome"])) if isinstance(result["outcome"], dict) else result["outcome"]
        kinds[outcome] = kinds.get(outcome, 0) + 1
        if outcome in ("failed", "limited"):
            faults.append(f"{result['title']}: {result['outcome'][outcome].get('reason', outcome)}")
    text = ", ".join(f"{count} {outcome}" for outcome, count in sorted(kinds.items(), key=lambda item: -item[1]))
    return not kinds.get("failed"), text + ("".join(f"; {fault}" for fault in faults))


def row(series, program, seconds):
    found, reason = boot(series, program, seconds)
    if found is None:
        return series, None, {"": (None, reason)}
    release, answers, status = found
    cells = {}
    status, document, errors = answers.get("doctor", (1, None, "doctor gave no answer"))
    for name, subject in SUBJECTS.items():
        checks = [check for check in (document or {}).get("checks", []) if check["subject"] == subject]
        outcome = checks[0]["outcome"] if checks else "missing"
        cells[name] = (outcome == "works", outcome if outcome == "works" or not checks else f"{outcome}: {checks[0].get('cost')}")
    cells["selftest"] = judge_selftest(answers.get("selftest", (1, None, "it did not come so far")))
    for scene in SCENES:
        answer = answers.get(scene, (1, None, "it did not come so far"))
        if scene == "relay":
            cells[scene] = judge_relay(answer)
        else:
            cells[scene] = judge_trace(answer, "sender")
            if scene == "container-alone" and answer[1]:
                # Whose the bytes are cannot be known there; that they moved can, and is said with a reason.
                coverage = answer[1]["coverage"]
                cells[scene] = (coverage["bytes"] > 0 and (coverage["unknown"] == 0 or bool(coverage["reasons"])), cells[scene][1])
    return series, release, cells


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--series", default=",".join(SERIES))
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    wrong = 0
    for series in options.series.split(","):
        found = row(series, options.program, options.seconds)
        _, release, cells = found
        os.makedirs(FOLDER, exist_ok=True)
        with open(f"{FOLDER}/{series}.json", "w") as file:
            json.dump(found, file)
        print(f"Linux {release or series}")
        for name, (right, text) in cells.items():
            print(f"  {'ok   ' if right else 'skip ' if right is None else 'WRONG'} {name} {text}", flush=True)
            wrong += right is False
    if options.write:
        # A series that this run leaves out keeps what the last one found.
        rows = [json.load(open(f"{FOLDER}/{name}.json")) for name in SERIES if os.path.exists(f"{FOLDER}/{name}.json")]
        write(rows)
    sys.exit(1 if wrong else 0)


def write(rows):
    there = [(release, cells) for _, release, cells in rows if release]
    titles = {"selftest": "doctor --selftest", **{name: subject for name, subject in SUBJECTS.items()}, **SCENES}
    with open(os.path.join(HERE, "kernels.md"), "w") as file:
        print("# What is seen on which kernel\n", file=file)
        print(f"What `Benchmarks/kernels.py` (`make test-kernels`) found, {datetime.date.today()}, on Linux {platform.release()}: Debian's "
              "kernels,\nemulated with one processor (qemu, tcg). The first rows are what `headwater doctor` says of itself. In the scenes a "
              "process sends\n3 Mbit/s, and `headwater trace INTERFACE` has to say whose the interface's bytes are: the sender's share, and how "
              "much is\nexplained. \"Below\" asks for the interface that carries them.\n", file=file)
        print("| | " + " | ".join(release for release, _ in there) + " |", file=file)
        print("| --- |" + " --- |" * len(there), file=file)
        for name in list(SUBJECTS) + ["selftest"] + list(SCENES):
            cells = []
            for _, found in there:
                right, text = found.get(name, (None, "not tried"))
                cells.append((f"**not right:** {text}" if right is False else text).replace("|", "\\|"))
            print(f"| {titles[name]} | " + " | ".join(cells) + " |", file=file)
        for series, release, cells in rows:
            if not release:
                print(f"\nLinux {series} was not tried: {cells[''][1]}.", file=file)


main()
