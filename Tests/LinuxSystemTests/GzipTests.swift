import Lab
import Testing

@testable import LinuxSystem

/// One expander, three ways to it: all at once, in pieces, and from a file on a thread of its own. All must agree.
@Suite struct GzipTests {
  /// Text that does not compress well, so that what is torn has lost some of it.
  private static let text = (0..<40_000).map { UInt8(truncatingIfNeeded: $0 &* $0 &* 2_654_435_761 >> 7) }

  /// What comes out, and why it ends.
  private struct Outcome: Equatable {
    var bytes: [UInt8]
    var errno: Errno?
  }

  private func inPieces(_ bytes: [UInt8], of size: Int) -> Outcome {
    var stream = GzipStream()
    var outcome = Outcome(bytes: [])
    for start in stride(from: 0, to: bytes.count, by: size) {
      let failure = stream.expand(Array(bytes[start..<min(bytes.count, start + size)])) { (piece) throws(Never) in
        piece.withUnsafeBytes { outcome.bytes.append(contentsOf: $0) }
        return true
      }
      if let failure { outcome.errno = failure.errno }
    }
    do throws(SystemError) { try stream.end() } catch { outcome.errno = error.errno }
    return outcome
  }

  /// As access logs are read, after `head` bytes were looked at.
  private func fromFile(_ bytes: [UInt8], head: Int) throws -> Outcome {
    let folder = try TemporaryFolder()
    try folder.write("x", bytes)
    var file = try StreamedFile("\(folder.path)/x")
    var start = [UInt8](repeating: 0, count: head)
    let count = try start.withUnsafeMutableBytes { try file.read(into: $0) }
    try file.expand(after: Array(start[..<count]))
    var outcome = Outcome(bytes: [])
    var buffer = [UInt8](repeating: 0, count: 5000)
    do throws(SystemError) {
      while true {
        var length: Result<Int, SystemError> = .success(0)
        buffer.withUnsafeMutableBytes { bytes in
          length = Result { () throws(SystemError) in try file.read(into: bytes) }
        }
        let count = try length.get()
        if count == 0 { break }
        outcome.bytes += buffer[..<count]
      }
      #expect(file.compressedBytes == UInt64(bytes.count))
    } catch { outcome.errno = error.errno }
    return outcome
  }

  /// The outcome of all ways to expand `bytes`, which must be the same.
  private func outcome(_ bytes: [UInt8], _ place: SourceLocation = #_sourceLocation) throws -> Outcome {
    let outcome = inPieces(bytes, of: 4096)
    #expect(inPieces(bytes, of: max(1, bytes.count)) == outcome, sourceLocation: place)
    if bytes.count < 3000 { #expect(inPieces(bytes, of: 1) == outcome, sourceLocation: place) }
    #expect(try fromFile(bytes, head: 2) == outcome, sourceLocation: place)
    do throws(SystemError) {
      #expect(try Gzip.expand(bytes, limit: .max) == outcome.bytes, sourceLocation: place)
      #expect(outcome.errno == nil, sourceLocation: place)
    } catch {
      #expect(error.errno == outcome.errno, sourceLocation: place)
    }
    return outcome
  }

  @Test func `members after one another are one text`() throws {
    let (first, second) = (Self.text.prefix(10_000), Self.text.dropFirst(10_000))
    let members = try Gzip.compress(Array(first)) + Gzip.compress([]) + Gzip.compress(Array(second))
    #expect(try outcome(members) == Outcome(bytes: Self.text))
    #expect(try outcome(try Gzip.compress([])) == Outcome(bytes: []))
  }

  @Test func `zeros behind a member are padding, anything else is damage that is said`() throws {
    let member = try Gzip.compress(Array(Self.text.prefix(100)))
    let whole = Outcome(bytes: Array(Self.text.prefix(100)))
    let padding = [UInt8](repeating: 0, count: 5000)
    #expect(try outcome(member + padding) == whole)
    #expect(try outcome(member + padding + member) == Outcome(bytes: whole.bytes + whole.bytes))
    #expect(try outcome(member + Array("not gzip".utf8)) == Outcome(bytes: whole.bytes, errno: .invalid))
    #expect(try outcome(member + padding + [1]) == Outcome(bytes: whole.bytes, errno: .endsEarly))
  }

  @Test func `a text that is torn anywhere gives what is whole, and says so`() throws {
    let bytes = try Gzip.compress(Self.text)
    for count in [0, 1, 2, 9, 10, 11, 100, bytes.count / 2, bytes.count - 9, bytes.count - 8, bytes.count - 1] {
      let torn = try outcome(Array(bytes.prefix(count)))
      #expect(torn.errno == .endsEarly, "\(count)")
      #expect(Self.text.starts(with: torn.bytes))
      #expect(torn.bytes.count > count / 2 - 2000, "\(count): only \(torn.bytes.count)")
    }
    let second = try outcome(bytes + bytes.prefix(bytes.count / 2))
    #expect(second.errno == .endsEarly && second.bytes.count > Self.text.count)
  }

  @Test func `a spoilt text gives what is good before it, and says so`() throws {
    var bytes = try Gzip.compress(Self.text)
    // The check of the content: the content itself is all there.
    bytes[bytes.count - 8] ^= 1
    let checked = try outcome(bytes)
    #expect(checked == Outcome(bytes: Self.text, errno: .invalid))
    bytes[bytes.count - 8] ^= 1
    bytes[bytes.count / 2] ^= 0x55
    #expect(try outcome(bytes).errno != nil)
    for other in ["plain text", "\u{1F}", "\u{1F}\u{8B}x", "PK\u{3}\u{4}"] {
      #expect(try outcome(Array(other.utf8)).bytes.isEmpty)
      #expect(try outcome(Array(other.utf8)).errno != nil, "\(other)")
    }
    #expect(try outcome([0x1F, 0x8B, 8, 0]) == Outcome(bytes: [], errno: .endsEarly))
    #expect(try outcome([0x1F, 0x8B, 7, 0]) == Outcome(bytes: [], errno: .invalid))
  }

  @Test func `no more comes out than is wanted`() throws {
    let bomb = try Gzip.compress([UInt8](repeating: 0, count: 50 << 20))
    #expect(bomb.count < 100_000)
    #expect(throws: SystemError("expand gzip", .fileTooLarge)) { try Gzip.expand(bomb, limit: 1 << 20) }
    #expect(try Gzip.expand(try Gzip.compress([1, 2, 3]), limit: 3) == [1, 2, 3])
    #expect(throws: SystemError("expand gzip", .fileTooLarge)) {
      try Gzip.expand(try Gzip.compress([1, 2, 3]), limit: 2)
    }
    var stream = GzipStream()
    var count = 0
    let failure = stream.expand(bomb) { (piece) throws(Never) in
      count += piece.byteCount
      return count < 100_000
    }
    #expect(failure == nil && count < 200_000)
    #expect(throws: SystemError.self) { try stream.end() }
  }

  @Test func `a reader that goes ends the thread that expands for it`() throws {
    let folder = try TemporaryFolder()
    try folder.write("bomb", try Gzip.compress([UInt8](repeating: 0, count: 50 << 20)))
    for _ in 0..<20 {
      var file = try StreamedFile("\(folder.path)/bomb")
      try file.expand(after: [])
      var byte: [UInt8] = [1]
      #expect(try byte.withUnsafeMutableBytes { try file.read(into: $0) } == 1)
    }
  }
}
