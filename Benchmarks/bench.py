"""What every benchmark needs: commands whose cost is known, namespaces, and rows of the table."""
import os
import shlex
import shutil
import signal
import statistics
import subprocess
import sys
import time

HEADWATER = "/run/lab/headwater"
NEAR, FAR = "10.90.0.1", "10.90.0.2"
NOT_BUILT = "not built"
rows = []


def progress(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def row(what, command, figure, target="", met=None):
    """One line of the table. `met` is True, False, or None for a figure that has no target."""
    command = shlex.join(command) if isinstance(command, list) else command
    command = command.replace(HEADWATER, "headwater").replace("/usr/bin/", "").replace("/run/lab/", "")
    rows.append((what, command, figure, target, "" if met is None else "yes" if met else "no"))
    progress(f"{what}: {figure}")


def table():
    print("| what | command | figure | target | met |")
    print("| --- | --- | --- | --- | --- |")
    for cells in rows:
        print("| " + " | ".join(f"`{c}`" if i == 1 and c else c for i, c in enumerate(
            str(cell).replace("|", "\\|") for cell in cells)) + " |")


def missing(program):
    """Why `program` can't be measured, or None."""
    if program == "headwater":
        return None if os.access(HEADWATER, os.X_OK) else NOT_BUILT
    return None if shutil.which(program) else f"not installed: {program}"


class Cost:
    """What a finished command took: wall and CPU seconds, peak resident bytes, status, output."""

    def __init__(self, wall, usage, status, output, errors):
        self.wall, self.cpu = wall, usage.ru_utime + usage.ru_stime
        self.resident, self.status, self.output, self.errors = usage.ru_maxrss * 1024, status, output, errors


class Running:
    """A started command; its output goes to files, so nothing blocks on a full pipe."""

    number = 0

    def __init__(self, command, netns=None):
        Running.number += 1
        self.path = f"/tmp/output-{Running.number}"
        self.command = (["ip", "netns", "exec", netns] if netns else []) + command
        self.began = time.monotonic()
        with open(self.path, "wb") as out, open(self.path + ".err", "wb") as errors:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=out, stderr=errors, start_new_session=True)
        self.pid = self.process.pid

    def text(self, suffix=""):
        with open(self.path + suffix, errors="replace") as out:
            return out.read()

    def wait_for(self, text, seconds=10):
        return until(lambda: text in self.text() + self.text(".err"), seconds, f"{text} from {self.command}")

    def alive(self):
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    def finish(self, seconds=60):
        """Waits for its end; kills it when the time is over."""
        deadline = time.monotonic() + seconds
        while True:
            pid, status, usage = os.wait4(self.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() > deadline:
                os.killpg(self.pid, signal.SIGKILL)
                deadline = float("inf")
            time.sleep(0.0005)
        wall = time.monotonic() - self.began
        self.process.returncode = os.waitstatus_to_exitcode(status)
        with open(self.path + ".err", errors="replace") as errors:
            return Cost(wall, usage, self.process.returncode, self.text(), errors.read())

    def stop(self, number=signal.SIGINT, seconds=5):
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            pass
        return self.finish(seconds)


def run(command, netns=None, seconds=60):
    return Running(command, netns).finish(seconds)


def must(*command, netns=None):
    cost = run(list(command), netns)
    if cost.status:
        raise RuntimeError(f"{cost.errors or cost.output}: {shlex.join(command)}")
    return cost.output


def until(condition, seconds, what):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f"still waiting after {seconds} s: {what}")
        time.sleep(0.005)


def median(values):
    return statistics.median(values)


def seconds(value):
    return f"{value * 1000:.1f} ms" if value < 1 else f"{value:.2f} s"


def size(value):
    return f"{value / 1e6:.1f} MB" if value < 1e10 else f"{value / 1e9:.1f} GB"


def first_line(cost):
    lines = (cost.errors or cost.output).strip().splitlines()
    return lines[0][:100] if lines else f"status {cost.status}"


def failed(cost):
    return f"failed: {first_line(cost)}" if cost.status else None
