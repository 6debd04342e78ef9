import Foundation
import Glibc
import Lab

/// `Examples/README.md`: its blocks of ```` ```console ```` each hold a command behind `$ ` and what it printed.
struct ExamplePage {
  let path: String

  /// The page with the outputs of its commands as they are now. They run in `folder`, without privileges.
  func current(in folder: String) throws -> String {
    var lines: [Substring] = []
    var isShown = false
    for line in try String(contentsOfFile: path, encoding: .utf8).split(
      separator: "\n", omittingEmptySubsequences: false)
    {
      if line == "```" { isShown = false }
      if !isShown { lines.append(line) }
      guard line.hasPrefix("$ headwater ") else { continue }
      isShown = true
      let output = try Self.run(String(line.dropFirst(2)), in: folder)
      lines += output.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    }
    return lines.joined(separator: "\n")
  }

  /// What a shell prints for `command`, with the built program first in its PATH, run as a user without any privilege.
  static func run(_ command: String, in folder: String) throws -> String {
    let nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--no-new-privs"]
    let process = Foundation.Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = (geteuid() == 0 ? nobody : []) + ["sh", "-c", command]
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    var variables = ProcessInfo.processInfo.environment
    variables["PATH"] = "\(Executables.folder):\(variables["PATH"] ?? "/usr/bin:/bin")"
    // Another user's settings are not nobody's to read.
    variables["HOME"] = "/nonexistent"
    process.environment = variables
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw LabError("\(command): \(process.terminationStatus) \(text)") }
    return text
  }
}
