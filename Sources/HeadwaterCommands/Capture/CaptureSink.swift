internal import LinuxSystem
internal import Packets

/// Where the blocks of a capture go: a new file, standard output, or nowhere.
final class CaptureSink {
  /// A file system is not filled above this.
  private static let leastFree = 0.05

  private enum Kind { case file, standardOutput, none }

  private let kind: Kind
  private let file: FileBox?
  let path: String?
  private(set) var position: UInt64 = 0
  /// Why no more can be written.
  private(set) var failure: String?
  /// Whether nobody reads standard output any more.
  private(set) var isClosed = false

  private final class FileBox {
    let file: NewFile
    init(_ file: consuming NewFile) { self.file = file }
  }

  init(_ destination: CaptureRequest.Destination) throws {
    switch destination {
    case .file(let path):
      (kind, self.path) = (.file, path)
      let file = try FileBox(NewFile(at: path))
      self.file = file
      let share = try file.file.free.share
      if share < Self.leastFree {
        // It is empty; that it stays does no harm.
        try? OwnFiles.remove(path)
        throw CommandFailure(.noAnswer, Self.full(path, share))
      }
    case .standardOutput: (kind, path, file) = (.standardOutput, nil, nil)
    case .lines: (kind, path, file) = (.none, nil, nil)
    }
  }

  private static func full(_ path: String, _ share: Double) -> String {
    "\(path): \(Int(share * 100)) % of its file system is free; headwater leaves 5 % free"
  }

  /// Writes whole blocks. What can't be written is `failure`.
  func write(_ blocks: [UInt8]) {
    guard !blocks.isEmpty, failure == nil, !isClosed else { return }
    do throws(SystemError) {
      switch kind {
      case .file:
        guard let file else { return }
        let (share, free) = try file.file.free
        // What is left once these are written.
        let left = share - share * Double(blocks.count) / Double(max(1, free))
        guard left >= Self.leastFree else {
          failure = Self.full(path ?? "", share)
          return
        }
        try file.file.write(blocks)
      case .standardOutput: try writeAll(blocks, to: 1)
      case .none: break
      }
      position += UInt64(blocks.count)
    } catch {
      if error.errno == .brokenPipe {
        isClosed = true
      } else {
        failure = "\(error)"
        // A part of a block would be damage.
        if kind == .file { try? file?.file.cut(to: position) }
      }
    }
  }

  /// Brings what was written late to the front of a regular file, for readers that count it as packets.
  func settle(_ recorder: CaptureRecorder) {
    guard kind == .file, failure == nil, recorder.isOutOfOrder, let path, let file else { return }
    do throws(SystemError) {
      guard try StreamFacts(of: path).kind == .regular, try file.file.free.bytes > 2 * position else { return }
      let copy = try FreshFile(at: path)
      try copy.write(recorder.front)
      let source = try Descriptor(reading: path)
      var offset: UInt64 = 0
      var early = recorder.early[...]
      while true {
        let piece = try source.readToEnd(limit: 1 << 20)
        if piece.isEmpty { break }
        var rest: [UInt8] = []
        var at = offset
        let end = offset + UInt64(piece.count)
        while at < end {
          while let first = early.first, first.upperBound <= at { early.removeFirst() }
          if let first = early.first, first.contains(at) {
            at = min(end, first.upperBound)
          } else {
            let next = min(end, early.first?.lowerBound ?? end)
            rest += piece[Int(at - offset)..<Int(next - offset)]
            at = next
          }
        }
        try copy.write(rest)
        offset = end
      }
      try copy.finish()
    } catch {
      // The file is whole as it is.
      Console.report("\(path): the processes could not be brought to the front: \(error)")
    }
  }
}
