public import Flows
internal import LinuxSystem

/// A capture file of any size that is read packet by packet: pcap and pcapng, plain or compressed (gzip, zstd, xz,
/// bzip2), also from a pipe, and while it grows. Memory is constant: 1 MiB and the largest packet.
public struct StreamedCapture: ~Copyable {
  public let path: String
  private var file: StreamedFile
  private var reader = CaptureReader()
  private var buffer: [UInt8]
  private var filled: Range<Int> = 0..<0
  /// What reading reached.
  private var isAtEnd = false
  /// Asked while a pipe gives nothing; true ends the reading.
  private let mustStop: @Sendable () -> Bool
  /// Whether `mustStop` ended the reading before the end was reached.
  public private(set) var isStopped = false
  /// Why the file was not read to its end; nil if it was, or if its end is not reached yet.
  public private(set) var failure: CaptureFileError?
  /// The packet that `advance` found last.
  public private(set) var packet: CapturedPacket?
  private var frameRange: Range<Int> = 0..<0

  /// Opens the file; `-` is standard input.
  ///
  /// - Parameter mustStop: asked some times a second while a pipe gives nothing; true ends the reading.
  /// - Throws: a `CaptureFileError` with the code `unreadable` if it can't be opened.
  public init(_ path: String, mustStop: @escaping @Sendable () -> Bool = { false }) throws(CaptureFileError) {
    let file = try Self.open(path)
    self.path = path
    self.mustStop = mustStop
    self.file = file
    buffer = [UInt8](repeating: 0, count: 1 << 20)
    begin()
  }

  private static func open(_ path: String) throws(CaptureFileError) -> StreamedFile {
    do throws(SystemError) { return try StreamedFile(path) } catch {
      throw CaptureFileError(.unreadable, "\(error)")
    }
  }

  /// Checks whether the file is compressed.
  private mutating func begin() {
    do throws(SystemError) { try readHead() } catch { failure = CaptureFileError(.unreadable, "\(error)") }
  }

  private mutating func readHead() throws(SystemError) {
    var head: [UInt8] = []
    while head.count < StreamedFile.headLength {
      guard isReady() else { break }
      let count = try Self.read(&file, into: &buffer, 0..<StreamedFile.headLength - head.count)
      if count == 0 { break }
      head += buffer[..<count]
    }
    if StreamedFile.isCompressed(head[...]) {
      try file.expand(after: head)
    } else {
      buffer.replaceSubrange(0..<head.count, with: head)
      filled = 0..<head.count
    }
  }

  /// Whether there is something to read, or the end; false if the reading ends before.
  private mutating func isReady() -> Bool {
    while !isStopped, !file.isReady(within: 0.1) { isStopped = mustStop() }
    return !isStopped
  }

  /// The interfaces so far.
  public var interfaces: [CaptureInterface] { reader.interfaces }
  /// The processes that the file describes, so far.
  public var processes: [CapturedProcess] { reader.processes }
  /// The names that the file gives addresses, so far.
  public var names: [IPAddress: String] { reader.names }
  /// How many packets were read.
  public var packets: UInt64 { reader.packets }
  /// How many bytes of the file, after expansion, are done with.
  public var offset: UInt64 { reader.offset }
  /// How many bytes of the file are not read (yet); nil for a pipe and for a compressed file.
  public var unread: UInt64? {
    guard file.facts.kind == .regular, file.compressedBytes == nil else { return nil }
    // One that grows is larger than it was.
    return file.facts.size > reader.offset ? file.facts.size - reader.offset : 0
  }
  public var isPipe: Bool { file.facts.kind == .pipe }

  /// Passes the bytes of the packet that `advance` found to `body`.
  public borrowing func withFrame<Result>(_ body: (RawSpan) -> Result) -> Result {
    body(buffer.span.bytes.extracting(frameRange))
  }

  /// Reads the next packet; false at the end of the file, and where it is damaged: see `failure`.
  ///
  /// - Parameter mayGrow: whether the file may grow; then the end is no failure, and a later call reads on.
  public mutating func advance(mayGrow: Bool = false) -> Bool {
    guard failure == nil, !isStopped, !isAtEnd || mayGrow else { return false }
    do throws(CaptureFileError) {
      while true {
        let (taken, found) = try Self.next(&reader, buffer, filled)
        let start = filled.lowerBound
        filled = start + taken..<filled.upperBound
        if let (packet, range) = found {
          self.packet = packet
          frameRange = start + range.lowerBound..<start + range.upperBound
          return true
        }
        packet = nil
        if try !fill() {
          if mayGrow || isStopped { return false }
          isAtEnd = true
          try reader.end(after: Array(buffer[filled]))
          return false
        }
      }
    } catch {
      packet = nil
      failure = error
      return false
    }
  }

  private static func next(
    _ reader: inout CaptureReader, _ buffer: [UInt8], _ range: Range<Int>
  ) throws(CaptureFileError) -> (taken: Int, packet: (CapturedPacket, Range<Int>)?) {
    try reader.next(buffer.span.bytes.extracting(range))
  }

  /// Reads more bytes behind those that are not done with; false at the end.
  private mutating func fill() throws(CaptureFileError) -> Bool {
    guard isReady() else { return false }
    let rest = filled.count
    if filled.lowerBound > 0 {
      if rest > 0 { buffer.replaceSubrange(0..<rest, with: Array(buffer[filled])) }
      filled = 0..<rest
    }
    if rest == buffer.count { buffer += [UInt8](repeating: 0, count: buffer.count) }
    do throws(SystemError) {
      let count = try Self.read(&file, into: &buffer, rest..<buffer.count)
      filled = 0..<rest + count
      return count > 0
    } catch {
      throw reader.error(
        .compression,
        error.errno == .endsEarly
          ? "the compressed file is cut off" : error.errno == .invalid ? "the compression is damaged" : "\(error)")
    }
  }

  private static func read(
    _ file: inout StreamedFile, into buffer: inout [UInt8], _ range: Range<Int>
  ) throws(SystemError) -> Int {
    // The array's method can't throw an error of one type.
    let result = buffer.withUnsafeMutableBytes { bytes -> Result<Int, SystemError> in
      do throws(SystemError) {
        return .success(try file.read(into: UnsafeMutableRawBufferPointer(rebasing: bytes[range])))
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }
}
