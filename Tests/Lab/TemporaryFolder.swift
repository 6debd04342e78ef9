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

  private func place(_ name: String) throws -> String {
    let whole = URL(fileURLWithPath: "\(path)/\(name)")
    try FileManager.default.createDirectory(at: whole.deletingLastPathComponent(), withIntermediateDirectories: true)
    return whole.path
  }
}
