public import LinuxSystem

/// Reads whole capture files: pcap and pcapng, also gzip-compressed. A file is read in pieces, in constant memory.
public enum CaptureFile {
  /// Whether `bytes` are a capture, compressed or not; the first 64 KiB are enough.
  public static func isCapture(_ bytes: [UInt8]) -> Bool {
    guard Gzip.isCompressed(bytes) else { return CaptureReader.isCapture(bytes) }
    var stream = GzipStream()
    var start: [UInt8] = []
    _ = stream.expand(Array(bytes.prefix(65_536))) { (piece: RawSpan) throws(Never) -> Bool in
      start += piece.array(in: 0..<4)
      return start.count < 4
    }
    return CaptureReader.isCapture(start)
  }

  /// Passes the packets of `bytes` to `each` in the file's order until it returns false.
  ///
  /// - Throws: what is wrong with the file, after all packets before the error were passed on.
  public static func read(
    _ bytes: [UInt8], _ each: (CapturedPacket, RawSpan) -> Bool
  ) throws(CaptureFileError) {
    var feed = CaptureFeed()
    for start in stride(from: 0, to: bytes.count, by: 65_536) {
      guard try feed.receive(Array(bytes[start..<min(bytes.count, start + 65_536)]), each) else { return }
    }
    try feed.end()
  }

  /// Reads the file at `path`, and gives each packet to `each` until that returns false.
  public static func read(
    path: String, _ each: (CapturedPacket, RawSpan) -> Bool
  ) throws(CaptureFileError) {
    let file: Descriptor
    do throws(SystemError) { file = try Descriptor(reading: path) } catch {
      throw CaptureFileError(.unreadable, "read \(path): \(error.errno)")
    }
    try read(file, called: path, each)
  }

  /// Reads an open file from its current position, and gives each packet to `each` until that returns false.
  public static func read(
    _ file: borrowing Descriptor, called name: String, _ each: (CapturedPacket, RawSpan) -> Bool
  ) throws(CaptureFileError) {
    var feed = CaptureFeed()
    while true {
      let piece: [UInt8]
      do throws(SystemError) { piece = try file.readToEnd(limit: 65_536) } catch {
        throw CaptureFileError(.unreadable, "read \(name): \(error.errno)")
      }
      guard !piece.isEmpty else { break }
      guard try feed.receive(piece, each) else { return }
    }
    try feed.end()
  }
}
