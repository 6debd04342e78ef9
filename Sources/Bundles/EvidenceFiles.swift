internal import Flows
internal import LinuxSystem

/// The files of a bundle: a folder, a tar archive (gzip-compressed or not), or one single file.
struct EvidenceFiles: Sendable {
  /// The path that the person gave.
  let path: String
  let isArchive: Bool
  /// The files by relative path, ascending.
  let entries: [EvidenceFile]
  /// What was left out, and why.
  let notes: [Note]
  /// Whether it is one single file, and no folder or archive.
  let isSingle: Bool
  /// For several single files: the path of each.
  private var places: [String: String] = [:]

  private static let depthLimit = 16

  init(reading path: String, limits: TapeArchive.Limits = TapeArchive.Limits()) throws(BundleError) {
    self.path = path
    let folder = RootFolder(path)
    var notes: [Note] = []
    let names: [String]?
    do throws(SystemError) { names = try folder.names(in: "/") } catch {
      // It is a file.
      names = nil
    }
    if let names {
      var found: [EvidenceFile] = []
      Self.collect(folder, "", names, depth: 0, limits, &found, &notes)
      entries = found.sorted { $0.path < $1.path }
      isArchive = false
      isSingle = false
      self.notes = notes
      return
    }
    self.notes = []
    let alone: EvidenceFile
    let bytes: [UInt8]
    do throws(SystemError) {
      alone = try EvidenceFile(path: path.split(separator: "/").last.map(String.init) ?? path, alone: path)
      let start: (bytes: [UInt8], isCut: Bool) = alone.isCapture ? ([], false) : try alone.content(limit: 512)
      let isTar = start.bytes.count > 262 && start.bytes[257..<262].elementsEqual("ustar".utf8)
      // A text that is damaged at its start was meant to be an archive, because nobody compresses one line.
      isArchive = isTar || (alone.isCompressed && start.isCut && start.bytes.count < 512)
      bytes = isArchive ? try Descriptor(reading: path).readToEnd(limit: limits.totalBytes + 1) : []
    } catch {
      throw BundleError(error.errno.isDenial ? .denied : .absent, "read the bundle \(path): \(error.errno)")
    }
    isSingle = !isArchive
    guard isArchive else {
      entries = [alone]
      return
    }
    guard bytes.count <= limits.totalBytes else { throw BundleError(.tooLarge, "\(path) is too large for a bundle") }
    do throws(TapeArchive.ReadingError) {
      entries = try TapeArchive(parsing: bytes, limits: limits).entries.sorted { $0.path < $1.path }
        .map { EvidenceFile(path: $0.path, content: $0.content) }
    } catch {
      throw BundleError(error.code == .tooLarge ? .tooLarge : .malformed, "read the bundle \(path): \(error)")
    }
  }

  /// Several single files.
  init(_ single: [EvidenceFiles]) {
    path = single.map(\.path).joined(separator: " ")
    isArchive = false
    isSingle = single.count == 1
    notes = single.flatMap(\.notes)
    var entries: [EvidenceFile] = []
    var places: [String: String] = [:]
    for files in single {
      for entry in files.entries {
        // Of two files with the same name both are kept.
        let name = places[entry.path] == nil ? entry.path : files.path
        places[name] = files.path
        entries.append(entry.named(name))
      }
    }
    self.entries = entries
    self.places = places
  }

  private static func collect(
    _ root: RootFolder, _ folder: String, _ names: [String], depth: Int, _ limits: TapeArchive.Limits,
    _ found: inout [EvidenceFile], _ notes: inout [Note]
  ) {
    for name in names where !name.hasPrefix(".") {
      let inner = folder.isEmpty ? name : "\(folder)/\(name)"
      do throws(SystemError) {
        let file = try EvidenceFile(path: inner, in: root)
        guard found.count < limits.entries else {
          if found.count == limits.entries {
            notes.append(Note(.partial, "\(root.path) has more than \(limits.entries) files: the rest is left out"))
          }
          return
        }
        found.append(file)
        continue
      } catch {
        // A socket or a device is no evidence.
        guard error.errno == .isFolder else {
          if error.errno != .invalid {
            notes.append(Note(.error, "\(root.shown("/\(inner)")) cannot be read: \(error.errno)"))
          }
          continue
        }
      }
      guard depth < depthLimit else { continue }
      do throws(SystemError) {
        collect(root, inner, try root.names(in: "/\(inner)"), depth: depth + 1, limits, &found, &notes)
      } catch {
        notes.append(Note(.error, "\(root.shown("/\(inner)")) cannot be read: \(error.errno)"))
      }
    }
  }

  /// The command that shows a line of a configuration, such as `tke/haproxy.cfg:14`; nil if it is not in the bundle.
  func command(place: String) -> String? {
    guard let colon = place.lastIndex(of: ":"), let line = Int(place[place.index(after: colon)...]) else { return nil }
    let name = String(place[..<colon])
    // A copy of a host's file has the name that the host uses.
    let found = entries.filter { $0.path == name || (name.hasPrefix("/") && $0.path.hasSuffix("files\(name)")) }
    return found.count == 1 ? command(EvidenceLine(file: found[0].path, line: line)) : nil
  }

  /// The command that shows a line of a file.
  func command(_ source: EvidenceLine) -> String? {
    guard source.line > 0 else { return nil }
    let command: ShellCommand =
      isArchive
      ? "tar -xOf \(archive) \(source.file) | sed -n \(source.line)p" : "sed -n \(source.line)p \(shown(source.file))"
    return command.text
  }

  /// The command that shows the packets of a capture that match `filter` (pcap-filter(7)).
  func command(capture name: String, filter: String) -> String? {
    let isCompressed = entries.first { $0.path == name }?.isCompressed ?? false
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

  /// The path of one of the files, as a person reaches it.
  private func shown(_ name: String) -> String {
    entries.count == 1 && path.hasSuffix(name) ? path : "\(path.hasSuffix("/") ? path : path + "/")\(name)"
  }

  /// The archive's path as tar accepts it; to tar, `host:file` would be a file on another host.
  private var archive: String { path.contains(":") && !path.hasPrefix("/") ? "./" + path : path }
}

/// Why a bundle can't be read.
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
