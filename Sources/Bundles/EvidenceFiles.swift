internal import Capture
internal import Flows
internal import LinuxSystem

/// The files of a bundle: a folder, a tar archive (gzip-compressed or not), or one file alone.
struct EvidenceFiles: Sendable {
  /// The path that the person gave.
  let path: String
  let isArchive: Bool
  /// Relative paths, ascending.
  let entries: [TapeArchive.Entry]
  /// What is in the folder and could not be read, by its path, and why.
  private(set) var unread: [String: String] = [:]

  private static let depthLimit = 16

  init(reading path: String, limits: TapeArchive.Limits = TapeArchive.Limits()) throws(BundleError) {
    self.path = path
    // What is no folder, or no folder that may be read, is read as a file, which says why it cannot be.
    if let names = try? RootFolder(path).names(in: "/") {
      var found: [TapeArchive.Entry] = []
      var total = 0
      try Self.collect(RootFolder(path), "", names, depth: 0, limits, &found, &total, &unread)
      entries = found.sorted { $0.path < $1.path }
      isArchive = false
      return
    }
    let bytes: [UInt8]
    do throws(SystemError) {
      bytes = try Descriptor(reading: path).readToEnd(limit: limits.totalBytes + 1)
    } catch {
      throw BundleError(error.errno.isDenial ? .denied : .absent, "read the bundle \(path): \(error.errno)")
    }
    guard bytes.count <= limits.totalBytes else { throw BundleError(.tooLarge, "\(path) is too large for a bundle") }
    let isTar = bytes.count > 262 && bytes[257..<262].elementsEqual("ustar".utf8)
    isArchive = isTar || (Gzip.isCompressed(bytes) && !CaptureFile.isCapture(bytes))
    guard isArchive else {
      let name = path.split(separator: "/").last.map(String.init) ?? path
      entries = [TapeArchive.Entry(path: name, content: bytes)]
      return
    }
    do throws(TapeArchive.ReadingError) {
      entries = try TapeArchive(parsing: bytes, limits: limits).entries.sorted { $0.path < $1.path }
    } catch {
      throw BundleError(error.code == .tooLarge ? .tooLarge : .malformed, "read the bundle \(path): \(error)")
    }
  }

  private static func collect(
    _ root: RootFolder, _ folder: String, _ names: [String], depth: Int, _ limits: TapeArchive.Limits,
    _ found: inout [TapeArchive.Entry], _ total: inout Int, _ unread: inout [String: String]
  ) throws(BundleError) {
    for name in names where !name.hasPrefix(".") {
      let inner = folder.isEmpty ? name : "\(folder)/\(name)"
      let content: FileContent?
      do throws(SystemError) { content = try root.read("/\(inner)", limit: limits.fileBytes) } catch {
        // What is neither a file nor a folder (a socket, a device) is no evidence.
        if error.errno.isDenial { unread[inner] = "\(error)" }
        content = nil
      }
      if let content {
        total += content.bytes.count
        guard !content.isCut else {
          throw BundleError(.tooLarge, "\(root.shown("/\(inner)")) is larger than \(limits.fileBytes) bytes")
        }
        guard found.count < limits.entries, total <= limits.totalBytes else {
          throw BundleError(.tooLarge, "\(root.path) has too many or too large files for a bundle")
        }
        found.append(TapeArchive.Entry(path: inner, content: content.bytes))
      } else if depth < depthLimit {
        let names: [String]
        do throws(SystemError) { names = try root.names(in: "/\(inner)") } catch {
          if error.errno.isDenial { unread[inner] = "\(error)" }
          continue
        }
        unread[inner] = nil
        try collect(root, inner, names, depth: depth + 1, limits, &found, &total, &unread)
      }
    }
  }

  /// The same for a place as configurations' names have it, if it is in the bundle: `tke/haproxy.cfg:14`.
  func command(place: String) -> String? {
    guard let colon = place.lastIndex(of: ":"), let line = Int(place[place.index(after: colon)...]) else { return nil }
    let name = String(place[..<colon])
    // A file of a host is named as the host does.
    let found = entries.filter { $0.path == name || (name.hasPrefix("/") && $0.path.hasSuffix("files\(name)")) }
    return found.count == 1 ? command(EvidenceLine(file: found[0].path, line: line)) : nil
  }

  /// Shows a line of a file to a person.
  func command(_ source: EvidenceLine) -> String? {
    guard source.line > 0 else { return nil }
    let command: ShellCommand =
      isArchive
      ? "tar -xOf \(archive) \(source.file) | sed -n \(source.line)p" : "sed -n \(source.line)p \(shown(source.file))"
    return command.text
  }

  /// Shows the packets of a capture that `filter` lets pass (pcap-filter(7)).
  func command(capture name: String, filter: String) -> String? {
    let isCompressed = entries.first { $0.path == name }.map { Gzip.isCompressed($0.content) } ?? false
    let file = shown(name)
    let command: ShellCommand =
      switch (isArchive, isCompressed) {
      case (true, true): "tar -xOf \(archive) \(name) | zcat | tcpdump -nr - \(filter)"
      case (true, false): "tar -xOf \(archive) \(name) | tcpdump -nr - \(filter)"
      case (false, true): "zcat \(file) | tcpdump -nr - \(filter)"
      case (false, false): "tcpdump -nr \(file) \(filter)"
      }
    return command.text
  }

  /// The path of one of the files.
  private func shown(_ name: String) -> String {
    entries.count == 1 && path.hasSuffix(name) ? path : "\(path.hasSuffix("/") ? path : path + "/")\(name)"
  }

  /// The archive as tar takes it: `host:file` would be another host's.
  private var archive: String { path.contains(":") && !path.hasPrefix("/") ? "./" + path : path }
}

/// A bundle that cannot be read.
public struct BundleError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Code: Sendable, Hashable { case absent, denied, malformed, tooLarge, empty }
  public let code: Code
  public let operation: String
  public init(_ code: Code, _ operation: String) {
    self.code = code
    self.operation = operation
  }
  public var description: String { operation }
}
