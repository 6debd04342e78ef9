import Foundation

extension Lab {
  /// The text of a file in `Scripts/`, beside this source: a test runs where it was built.
  static func script(_ name: String) throws -> String {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Scripts")
    return try String(contentsOfFile: folder.appendingPathComponent(name).path, encoding: .utf8)
  }
}
