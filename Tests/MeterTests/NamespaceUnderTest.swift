import Flows
import Foundation
import LinuxSystem
import Netlink
import Synchronization
import Testing

/// A network namespace that lives as long as this value, and Python programs in it.
final class NamespaceUnderTest: Sendable {
  private let descriptor: NetworkNamespaceDescriptor
  let id: Place

  init() throws {
    descriptor = try NetworkNamespaceDescriptor.anonymous()
    id = try descriptor.identity
  }

  /// Leads here from any process.
  var path: String { "/proc/\(getpid())/fd/\(descriptor.number)" }

  func sockets() throws -> NetworkNamespaceSockets { try NetworkNamespaceSockets(namespace: path) }

  /// As the meter wants it; nil if it cannot be entered.
  var asked: (Place, NetworkNamespaceSockets)? { (try? sockets()).map { (id, $0) } }

  func python(_ program: String) throws -> RunningProgram {
    try RunningProgram(["nsenter", "--net=\(path)", "python3", "-c", program])
  }

  @discardableResult
  func run(_ arguments: String...) throws -> String {
    let program = try RunningProgram(["nsenter", "--net=\(path)"] + arguments)
    return try program.finish()
  }
}

/// A program that talks with the test by lines.
final class RunningProgram {
  private let process = Foundation.Process()
  private let input = Pipe()
  private let output = Pipe()

  init(_ arguments: [String]) throws {
    process.executableURL = URL(filePath: "/usr/bin/env")
    // Nothing outlives a test that went wrong; signals that can be blocked are, in what Foundation starts.
    process.arguments = ["timeout", "--signal=KILL", "60"] + arguments
    process.standardInput = input
    process.standardOutput = output
    try process.run()
  }

  var pid: Int32 { process.processIdentifier }
  var isRunning: Bool { process.isRunning }

  /// Waits for its next line.
  func line() throws -> String {
    var line: [UInt8] = []
    while let byte = try output.fileHandleForReading.read(upToCount: 1)?.first, byte != 10 { line.append(byte) }
    return String(decoding: line, as: UTF8.self)
  }

  /// Lets it go on where it waits for a line.
  func go() throws { try input.fileHandleForWriting.write(contentsOf: Data("\n".utf8)) }

  /// Waits for its end; the rest of its output.
  @discardableResult
  func finish() throws -> String {
    try input.fileHandleForWriting.close()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return text
  }
}

/// Something that becomes true.
final class Flag: Sendable {
  private let value = Mutex(false)
  var isSet: Bool { value.withLock { $0 } }
  func set() { value.withLock { $0 = true } }
}
