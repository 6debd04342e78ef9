import Foundation
import Lab

/// A folder of plain outputs in the making: what is in a file was printed by the command, on the machine, just now.
struct EvidenceFolder {
  let path: String

  /// The folder of what is taken on `host`, named as it calls itself.
  func folder(of host: TestHost) -> EvidenceFolder { EvidenceFolder(path: "\(path)/\(host.name)") }

  /// What a shell on `machine` prints for `command`, in a file of that name.
  func save(_ name: String, _ command: String, on machine: any Machine) throws {
    try write(name, machine.output(of: ["sh", "-c", command], timeout: .seconds(30)))
  }

  /// A terminal's text: several commands of root on `host`, each behind its prompt.
  func save(session name: String, _ commands: [String], on host: TestHost) throws {
    let texts = try commands.map { command in
      "root@\(host.name):~# \(command)\n" + (try host.output(of: ["sh", "-c", command], timeout: .seconds(30)))
    }
    try write(name, texts.joined())
  }

  func write(_ name: String, _ text: String) throws {
    let file = URL(fileURLWithPath: "\(path)/\(name)")
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }

  /// Puts it in the place of the folder at `destination`.
  func replace(_ destination: String) throws {
    try? FileManager.default.removeItem(atPath: destination)
    try FileManager.default.createDirectory(atPath: destination, withIntermediateDirectories: true)
    try FileManager.default.removeItem(atPath: destination)
    try FileManager.default.copyItem(atPath: path, toPath: destination)
  }
}
