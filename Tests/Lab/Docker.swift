import Foundation

/// A Docker daemon that is asked through its command line: on a host, or inside a container.
public struct Docker: Sendable {
  /// Where the daemon runs.
  public let machine: any Machine
  public let name: String

  /// `docker WORDS…`; what it prints, without the newline at its end.
  @discardableResult
  public func callAsFunction(_ words: String..., timeout: Duration = .seconds(30)) throws -> String {
    try machine.output(of: ["docker"] + words, timeout: timeout).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// Starts a container of the image `base`. `options` are those of `docker run`.
  ///
  /// Inside are the machine's `/usr`, and `/run/lab` with the traffic generator.
  public func container(
    name: String, command: [String] = ["sleep", "infinity"], options: [String] = []
  ) throws -> Container {
    let words =
      [
        "docker", "run", "--detach", "--name", name, "--hostname", name, "--volume", "/usr:/usr:ro",
        "--volume", "/run/lab:/run/lab:ro",
      ] + options + ["base"] + command
    let identifier = try machine.output(of: words, timeout: .seconds(30))
    return Container(docker: self, name: name, id: identifier.trimmingCharacters(in: .whitespacesAndNewlines))
  }

  /// A container in which a Docker daemon runs, and that daemon.
  ///
  /// Like `--privileged`, which asks for all capabilities and so fails where this machine's root lacks one: it gets
  /// those that there are.
  ///
  /// - Parameter daemon: options of the daemon inside.
  public func nested(
    name: String, options: [String] = [], daemon: [String] = []
  ) throws -> (container: Container, docker: Docker) {
    let lacking = try machine.output(of: [
      "python3", "-c",
      """
      import subprocess
      names = subprocess.run(["capsh", "--decode=1ffffffffff"], capture_output=True, text=True).stdout
      bound = [line.split()[1] for line in open("/proc/self/status") if line.startswith("CapBnd")][0]
      print(" ".join(n[4:].upper() for i, n in enumerate(names.strip().split("=")[1].split(","))
                     if not int(bound, 16) >> i & 1))
      """,
    ]).split(whereSeparator: \.isWhitespace).flatMap { ["--cap-drop", String($0)] }
    let script = """
      mount -o remount,bind,rw /sys
      mount -o remount,bind,rw /sys/fs/cgroup
      if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
        mkdir -p /sys/fs/cgroup/init
        for member in $(cat /sys/fs/cgroup/cgroup.procs); do echo $member > /sys/fs/cgroup/init/cgroup.procs; done
      else
        for folder in /sys/fs/cgroup/*; do mountpoint -q $folder && mount -o remount,bind,rw $folder; done
      fi
      exec dockerd --storage-driver vfs \(daemon.joined(separator: " "))
      """
    let container = try container(
      name: name, command: ["sh", "-c", script],
      options: ["--cap-add", "ALL"] + lacking + [
        "--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined",
        "--security-opt", "systempaths=unconfined", "--device-cgroup-rule", "a *:* rwm",
        "--tmpfs", "/var/lib/docker:exec", "--tmpfs", "/run:exec", "--tmpfs", "/tmp:exec",
      ] + options)
    let inner = Docker(machine: container, name: name)
    try inner.waitUntilReady(
      detail: { (try? container.logs()) ?? "" }, isRunning: { (try? container.inspect("{{.State.Running}}")) == "true" }
    )
    try inner.importBase()
    return (container, inner)
  }

  func waitUntilReady(detail: () -> String, isRunning: () -> Bool) throws {
    try waitUntil("dockerd on \(name)", timeout: .seconds(30), every: 20_000, detail: detail) {
      guard isRunning() else { throw LabError("dockerd on \(name) ended: \(detail())") }
      return try machine.run(["docker", "version"]).status == 0
    }
  }

  /// An image of folders and links; the programs come with `--volume /usr:/usr:ro`.
  func importBase() throws {
    try machine.output(
      of: [
        "sh", "-c",
        #"""
        set -e
        root=$(mktemp -d) && cd $root
        mkdir -p proc sys dev etc run tmp var/lib var/log var/tmp usr root mnt
        chmod 1777 tmp var/tmp
        for folder in bin sbin lib lib32 lib64 libx32; do
          if [ -L /$folder ]; then ln -s usr/$folder $folder; fi
        done
        ln -s ../run var/run
        for file in passwd group nsswitch.conf ld.so.cache ld.so.conf ld.so.conf.d alternatives; do
          if [ -e /etc/$file ]; then cp -a /etc/$file etc/; fi
        done
        tar -c . | docker import - base
        cd / && rm -rf $root
        """#,
      ], timeout: .seconds(30))
  }
}
