import Glibc

/// A folder for made-up files, removed with all that was written into it.
final class TemporaryFolder {
  let path: String
  private var made: [String] = []

  init() throws {
    var template = Array("/tmp/headwater-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Failure(number: errno) }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  struct Failure: Error { var number: Int32 }

  func write(_ name: String, _ content: String) throws { try write(name, Array(content.utf8)) }

  /// Makes the folders on the way.
  func write(_ name: String, _ content: [UInt8]) throws {
    makeParents(of: name)
    let fd = open("\(path)/\(name)", O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    guard fd >= 0 else { throw Failure(number: errno) }
    defer { close(fd) }
    guard Glibc.write(fd, content, content.count) == content.count else { throw Failure(number: errno) }
  }

  func link(_ name: String, to target: String) throws {
    makeParents(of: name)
    guard symlink(target, "\(path)/\(name)") == 0 else { throw Failure(number: errno) }
  }

  private func makeParents(of name: String) {
    var folder = path
    for part in name.split(separator: "/").dropLast() {
      folder += "/\(part)"
      if mkdir(folder, 0o755) == 0 { made.append(folder) }
    }
    made.append("\(path)/\(name)")
  }

  deinit {
    for path in made.reversed() { remove(path) }
    remove(path)
  }
}
