import Foundation
import Glibc

/// A folder for made-up files, removed with all that was written into it.
public final class TemporaryFolder: Sendable {
  public let path: String

  public init() throws {
    var template = Array("/tmp/headwater-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw LabError("mkdtemp: \(errno)") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  public func write(_ name: String, _ content: String) throws { try write(name, Array(content.utf8)) }

  /// Makes the folders on the way.
  public func write(_ name: String, _ content: [UInt8]) throws {
    try Data(content).write(to: URL(fileURLWithPath: try place(name)))
  }

  public func makeFolder(_ name: String) throws {
    try FileManager.default.createDirectory(atPath: "\(path)/\(name)", withIntermediateDirectories: true)
  }

  public func link(_ name: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(atPath: try place(name), withDestinationPath: target)
  }

  /// What blocks everybody who opens it carelessly.
  public func makeFIFO(_ name: String) throws {
    guard mkfifo(try place(name), 0o600) == 0 else { throw LabError("mkfifo: \(errno)") }
  }

  /// Runs `body` as a user who may do nothing with any of `names` (`""`: the folder itself), as `chmod 000` leaves them.
  ///
  /// Only this thread becomes nobody: its look at files, not its other privileges.
  @discardableResult
  public func denying<Value>(_ names: String..., during body: () throws -> Value) throws -> Value {
    try withMode(0, names, body)
  }

  /// The same for folders that may be entered by those who know a name in them, but not listed.
  @discardableResult
  public func denyingLists<Value>(_ names: String..., during body: () throws -> Value) throws -> Value {
    try withMode(0o711, names, body)
  }

  private func withMode<Value>(_ mode: mode_t, _ names: [String], _ body: () throws -> Value) throws -> Value {
    let paths = try names.map { $0.isEmpty ? path : try place($0) }
    var modes: [(path: String, mode: mode_t)] = []
    for path in paths + [path] {
      var status = stat()
      guard stat(path, &status) == 0 else { throw LabError("stat \(path): \(errno)") }
      modes.append((path, status.st_mode & 0o7777))
    }
    defer { for (path, mode) in modes { chmod(path, mode) } }
    // Temporary folders are their owner's alone.
    guard chmod(path, 0o755) == 0 else { throw LabError("chmod \(path): \(errno)") }
    for path in paths where chmod(path, mode) != 0 { throw LabError("chmod \(path): \(errno)") }
    let before = UInt32(bitPattern: setfsuid(65534))
    defer { _ = setfsuid(before) }
    return try body()
  }

  private func place(_ name: String) throws -> String {
    let whole = URL(fileURLWithPath: "\(path)/\(name)")
    try FileManager.default.createDirectory(at: whole.deletingLastPathComponent(), withIntermediateDirectories: true)
    return whole.path
  }
}

/// setfsuid(2), which Glibc's module leaves out. Unlike setuid(2) of the C library it changes the calling thread alone, and
/// takes from it the privileges over files that root has.
@_silgen_name("setfsuid") private func setfsuid(_ user: UInt32) -> Int32
