import Fleet
import Foundation

/// A program in the place of `ssh` that runs what it is given on this machine, in a home of its own, and a probe that
/// answers each line. Nothing of it is a host's; it tries what needs no network.
final class StandIn {
  let folder: String
  let probe: ProbeFile
  var client: SSHClient

  /// - Parameters:
  ///   - before: shell lines that run before the host's command, which is in `$last`; `$host` is the host's name.
  ///   - size: how long the probe's file is at least.
  init(before: String = "", size: Int = 0) throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("standin-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder + "/run", withIntermediateDirectories: true)
    let program = """
      #!/bin/sh
      host=; for word; do previous=$last; last=$word; done; host=$previous
      case "$*" in *" -O exit "*) echo "$last" >>\(folder)/closed; exit 0;; esac
      HOME=\(folder)/homes/$host; mkdir -p "$HOME"; export HOME
      # Each host has folders of its own in place of this machine's, where other tests' probes are, and real ones.
      last=$(printf %s "$last" | sed "s#/tmp/headwater-#$HOME/tmp/headwater-#; s#/dev/shm/#$HOME/shm/#; s#/run/user/#$HOME/user/#")
      \(before)
      exec sh -c "$last"

      """
    try Self.write(program, folder + "/ssh")
    let text = """
      #!/bin/sh
      echo '{"hello":1}'
      while read -r line; do
        if [ "$line" = break ]; then echo "client_loop: send disconnect: Broken pipe" >&2; exit 255; fi
        echo "said $line"
      done
      exit 0

      """
    try Self.write(text + String(repeating: "#\n", count: max(0, size - text.utf8.count) / 2), folder + "/probe")
    probe = try ProbeFile(folder + "/probe")
    client = SSHClient(environment: ["XDG_RUNTIME_DIR": folder + "/run", "PATH": "/usr/bin:/bin"])
    client.program = folder + "/ssh"
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  func fleet(_ names: [String]) throws -> Fleet {
    try Fleet(
      names.map { HostSpecification(name: $0, destination: try SSHDestination($0)) }, client: client, probes: [probe])
  }

  private static func write(_ text: String, _ path: String) throws {
    try text.write(toFile: path, atomically: false, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
  }
}
