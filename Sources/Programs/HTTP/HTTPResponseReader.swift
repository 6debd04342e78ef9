/// Reads one HTTP/1.1 response (RFC 9112) as its bytes arrive.
///
/// The caller passes in bytes, and the reader says whether the response is complete. It never waits, so tests need no
/// network.
public struct HTTPResponseReader: Sendable {
  /// Why a response was refused.
  public enum Malformation: Error, Hashable, Sendable, CustomStringConvertible {
    case statusLine, header, length, chunk, tooLarge, endsEarly

    public var description: String {
      switch self {
      case .statusLine: "it does not begin with an HTTP status"
      case .header: "a header line is malformed"
      case .length: "its length is malformed"
      case .chunk: "a chunk is malformed"
      case .tooLarge: "it is too large"
      case .endsEarly: "its end is missing"
      }
    }
  }

  private enum State {
    case head
    case body(remaining: Int)
    case chunkSize
    case chunk(remaining: Int)
    case chunkEnd
    case trailers
    case untilEnd
    case complete
  }

  /// The status code; 0 until the head is read.
  public private(set) var status = 0
  /// The headers by lower-case name; for a repeated header the last value.
  public private(set) var headers: [String: String] = [:]
  public private(set) var body: [UInt8] = []
  private var state = State.head
  private var pending: [UInt8] = []
  private let bodyLimit: Int
  private static let headLimit = 64 << 10

  /// - Parameter bodyLimit: the longest accepted body, in bytes.
  public init(bodyLimit: Int = 64 << 20) { self.bodyLimit = bodyLimit }

  public var isComplete: Bool { if case .complete = state { true } else { false } }

  /// Whether the server keeps the connection open for another request.
  public var keepsAlive: Bool {
    isComplete && pending.isEmpty && headers["connection"]?.lowercased() != "close" && isDelimited
  }
  private var isDelimited = false

  /// Adds the next bytes of the stream. Bytes behind the end of the response are not part of its body.
  public mutating func receive(_ bytes: [UInt8]) throws(Malformation) {
    pending += bytes
    var position = 0
    while try step(&position) {}
    pending.removeFirst(min(position, pending.count))
    if case .complete = state { return }
    // A line that never ends.
    if pending.count > Self.headLimit { throw .tooLarge }
  }

  /// Ends the stream. Throws unless the response is complete, or has a body without a length.
  public mutating func end() throws(Malformation) {
    switch state {
    case .untilEnd: state = .complete
    case .complete: break
    default: throw .endsEarly
    }
  }

  /// Processes pending bytes; true if it can be called again at once.
  private mutating func step(_ position: inout Int) throws(Malformation) -> Bool {
    switch state {
    case .head:
      guard let head = try takeHead(&position) else { return false }
      try begin(head)
    case .body(let remaining):
      let taken = try take(remaining, &position)
      state = taken == remaining ? .complete : .body(remaining: remaining - taken)
      return taken > 0
    case .untilEnd:
      return try take(.max, &position) > 0
    case .chunkSize:
      guard let line = takeLine(&position) else { return false }
      let digits = line.prefix { $0 != UInt8(ascii: ";") && $0 != 32 && $0 != 9 }
      guard let size = Self.hexadecimal(digits) else { throw .chunk }
      state = size == 0 ? .trailers : .chunk(remaining: size)
    case .chunk(let remaining):
      let taken = try take(remaining, &position)
      state = taken == remaining ? .chunkEnd : .chunk(remaining: remaining - taken)
      return taken > 0
    case .chunkEnd:
      guard let line = takeLine(&position) else { return false }
      guard line.isEmpty else { throw .chunk }
      state = .chunkSize
    case .trailers:
      guard let line = takeLine(&position) else { return false }
      if line.isEmpty { state = .complete }
    case .complete:
      return false
    }
    return true
  }

  private mutating func take(_ wanted: Int, _ position: inout Int) throws(Malformation) -> Int {
    let count = min(wanted, pending.count - position)
    guard body.count + count <= bodyLimit else { throw .tooLarge }
    body += pending[position..<(position + count)]
    position += count
    return count
  }

  /// The next line without its end; nil if the line is not complete yet.
  private func takeLine(_ position: inout Int) -> ArraySlice<UInt8>? {
    guard let end = pending[position...].firstIndex(of: UInt8(ascii: "\n")) else { return nil }
    var line = pending[position..<end]
    if line.last == UInt8(ascii: "\r") { line.removeLast() }
    position = end + 1
    return line
  }

  /// All lines of the head; nil if the head is not complete yet.
  private func takeHead(_ position: inout Int) throws(Malformation) -> [ArraySlice<UInt8>]? {
    var next = position
    var lines: [ArraySlice<UInt8>] = []
    while let line = takeLine(&next) {
      guard next - position <= Self.headLimit else { throw .tooLarge }
      if line.isEmpty {
        position = next
        return lines
      }
      lines.append(line)
    }
    return nil
  }

  private mutating func begin(_ lines: [ArraySlice<UInt8>]) throws(Malformation) {
    status = try Self.status(lines.first ?? [])
    headers = try Self.headers(lines.dropFirst())
    isDelimited = true
    if (100..<200).contains(status) {
      // An interim response; the real one follows. 101 would change the protocol, which was not requested.
      guard status != 101 else { throw .statusLine }
    } else if status == 204 || status == 304 {
      state = .complete
    } else if let coding = headers["transfer-encoding"] {
      guard coding.lowercased() == "chunked" else { throw .header }
      state = .chunkSize
    } else if let text = headers["content-length"] {
      guard text.utf8.allSatisfy({ (48...57).contains($0) }), let length = Int(text) else { throw .length }
      guard length <= bodyLimit else { throw .tooLarge }
      state = length == 0 ? .complete : .body(remaining: length)
    } else {
      isDelimited = false
      state = .untilEnd
    }
  }
}
