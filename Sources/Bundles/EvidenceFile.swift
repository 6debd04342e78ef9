internal import Capture
internal import LinuxSystem

/// A file of a bundle. A file in a folder is read only when needed, so a bundle may be larger than memory.
struct EvidenceFile: Sendable {
  /// The relative path within the bundle.
  private(set) var path: String
  /// Whether it is a packet capture, which is read packet by packet.
  let isCapture: Bool
  let isCompressed: Bool
  private let source: Source

  private enum Source: Sendable {
    case bytes([UInt8])
    case file(RootFolder, name: String)
    case path(String)
  }

  /// How many bytes from a file's start are used to recognise it.
  private static let start = 65_536

  /// A file from an archive.
  init(path: String, content: [UInt8]) {
    self.init(path, .bytes(content), start: content)
  }

  /// A file in a folder. Throws `EISDIR` for a folder, and an error for anything else that is not a file.
  init(path: String, in folder: RootFolder) throws(SystemError) {
    let name = "/\(path)"
    self.init(path, .file(folder, name: name), start: try folder.opened(name).readToEnd(limit: Self.start))
  }

  /// A single file that is the whole bundle.
  init(path: String, alone place: String) throws(SystemError) {
    self.init(path, .path(place), start: try Descriptor(reading: place).readToEnd(limit: Self.start))
  }

  private init(_ path: String, _ source: Source, start: [UInt8]) {
    self.path = path
    self.source = source
    isCompressed = Gzip.isCompressed(start)
    isCapture = CaptureFile.isCapture(start)
  }

  /// Where the file lies, for who reads it piece by piece; nil in an archive.
  var place: String? {
    switch source {
    case .bytes: nil
    case .file(let folder, let name): folder.path + name
    case .path(let path): path
    }
  }

  /// The file's last bytes, at most `limit`, and whether there are more before them; expanded if it is compressed.
  func end(limit: Int) throws(SystemError) -> (bytes: [UInt8], isCut: Bool) {
    if case .file(let folder, let name) = source, !isCompressed { return try folder.end(of: name, limit: limit) }
    let whole = try content()
    return (Array(whole.bytes.suffix(limit)), whole.isCut || whole.bytes.count > limit)
  }

  /// The same file under another name.
  func named(_ name: String) -> EvidenceFile {
    var copy = self
    copy.path = name
    return copy
  }

  /// The file's bytes, at most `limit`, and whether there are more; expanded if it is compressed.
  func content(limit: Int = TapeArchive.Limits().fileBytes) throws(SystemError) -> (bytes: [UInt8], isCut: Bool) {
    let whole: (bytes: [UInt8], isCut: Bool)
    switch source {
    case .bytes(let bytes): whole = (bytes.count > limit ? Array(bytes.prefix(limit)) : bytes, bytes.count > limit)
    case .file(let folder, let name):
      let content = try folder.read(name, limit: limit)
      whole = (content.bytes, content.isCut)
    case .path(let path):
      let bytes = try Descriptor(reading: path).readToEnd(limit: limit + 1)
      whole = (bytes.count > limit ? Array(bytes.prefix(limit)) : bytes, bytes.count > limit)
    }
    guard isCompressed, !isCapture else { return whole }
    var expanded: [UInt8] = []
    var isCut = whole.isCut
    var stream = GzipStream()
    let problem = stream.expand(whole.bytes) { (piece: RawSpan) throws(Never) -> Bool in
      let room = limit - expanded.count
      piece.withUnsafeBytes { expanded.append(contentsOf: $0.prefix(room)) }
      isCut = isCut || expanded.count >= limit
      return expanded.count < limit
    }
    // A damaged file is used up to the damage.
    if problem != nil { isCut = true }
    if !isCut {
      do throws(SystemError) { try stream.end() } catch { isCut = true }
    }
    return (expanded, isCut)
  }

  /// Passes the packets of a capture to `each` in the file's order until it returns false, in constant memory.
  func packets(_ each: (CapturedPacket, RawSpan) -> Bool) throws(CaptureFileError) {
    switch source {
    case .bytes(let bytes): try CaptureFile.read(bytes, each)
    case .path(let path): try CaptureFile.read(path: path, each)
    case .file(let folder, let name):
      let file: Descriptor
      do throws(SystemError) { file = try folder.opened(name) } catch {
        throw CaptureFileError(.unreadable, "read \(folder.shown(name)): \(error.errno)")
      }
      try CaptureFile.read(file, called: folder.shown(name), each)
    }
  }
}
