internal import Capture
internal import Documents

/// Reads capture files into a tally, their packets in the order of their times: the files of a ring one after the other,
/// those of the same time together.
public final class PacketFiles {
  private struct Waiting {
    var number: Int
    var path: String
    /// The time of its first packet; `-infinity` if it is not known.
    var time: Double
  }

  private let isAlone: Bool
  private var waiting: [Waiting] = []
  private var open: [OpenCapture] = []
  private var done: [Int: PacketReport.File] = [:]
  private var lanes: Set<Int> = []
  /// Whether the files may grow; then `read` can be called again at their end.
  private let mayGrow: Bool

  /// Asked now and then; true ends the reading early.
  private let mustStop: @Sendable () -> Bool
  private var isStopped = false

  /// - Parameter mustStop: asked now and then; true ends the reading early.
  public init(_ paths: [String], mayGrow: Bool = false, mustStop: @escaping @Sendable () -> Bool = { false }) {
    isAlone = paths.count == 1
    self.mayGrow = mayGrow
    self.mustStop = mustStop
    for (number, path) in paths.enumerated() {
      do throws(CaptureFileError) {
        let capture = try OpenCapture(path, number: number, isAlone: isAlone, lane: 0, mustStop: mustStop)
        // What a pipe has given does not come again, so it stays open. So does the only file.
        if isAlone || capture.isPipe || mayGrow {
          let lane = freeLane()
          capture.source = PacketSource(number: number, label: capture.source.label, isAlone: isAlone, lane: lane)
          if capture.advance(mayGrow: mayGrow) || mayGrow { open.append(capture) } else { finishEarly(capture) }
        } else {
          _ = capture.advance(mayGrow: false)
          waiting.append(Waiting(number: number, path: path, time: capture.time))
        }
      } catch {
        fail(number, path, error)
      }
    }
    waiting.sort { ($1.time, $1.number) > ($0.time, $0.number) }
    waiting.reverse()
  }

  /// Empty or damaged files that have no packet; their reports come with the others'.
  private var early: [OpenCapture] = []

  private func finishEarly(_ capture: OpenCapture) { early.append(capture) }

  private func fail(_ number: Int, _ path: String, _ error: CaptureFileError) {
    done[number] = PacketReport.File(
      document: PacketsFile(
        path: path, packets: 0, bytes: 0, first: nil, last: nil, dropped: nil, failure: "\(error)",
        failureOffset: error.offset), processes: [])
  }

  private func freeLane() -> Int {
    var lane = 0
    while lanes.contains(lane) { lane += 1 }
    lanes.insert(lane)
    return lane
  }

  /// Opens the files whose time has come.
  private func openMore(_ tally: inout PacketTally) {
    while let next = waiting.last, open.isEmpty || next.time <= (open.map(\.time).min() ?? .infinity) {
      waiting.removeLast()
      do throws(CaptureFileError) {
        let lane = freeLane()
        let capture = try OpenCapture(
          next.path, number: next.number, isAlone: isAlone, lane: lane, mustStop: mustStop)
        if capture.advance(mayGrow: false) { open.append(capture) } else { finish(capture, &tally) }
      } catch {
        fail(next.number, next.path, error)
      }
    }
  }

  private func finish(_ capture: OpenCapture, _ tally: inout PacketTally) {
    done[capture.number] = capture.report(&tally)
    lanes.remove(capture.source.lane)
  }

  /// Reads all packets, or as many as there are at the moment if the files may grow.
  ///
  /// - Returns: whether it came to the end.
  @discardableResult public func read(into tally: inout PacketTally) -> Bool {
    isStopped = isStopped || early.contains(where: \.isStopped)
    for capture in early { finish(capture, &tally) }
    early = []
    var count = 0
    // Those that may grow are asked again.
    for capture in open where !capture.hasPacket { _ = capture.advance(mayGrow: mayGrow) }
    openMore(&tally)
    while let index = earliest {
      let capture = open[index]
      capture.give(to: &tally)
      count += 1
      if count & 0xFFF == 0, mustStop() { return false }
      if capture.advance(mayGrow: mayGrow) {
        if !waiting.isEmpty { openMore(&tally) }
      } else if !mayGrow || capture.failure != nil {
        isStopped = isStopped || capture.isStopped
        finish(capture, &tally)
        open.remove(at: index)
        openMore(&tally)
      }
    }
    return !isStopped
  }

  /// The open file with the earliest packet; nil if none has one.
  private var earliest: Int? {
    var earliest: Int?
    for index in open.indices where open[index].hasPacket {
      if let other = earliest, open[other].time <= open[index].time { continue }
      earliest = index
    }
    return earliest
  }

  /// What is known of each file, in the order in which they were given.
  public func reports(_ tally: inout PacketTally) -> [PacketReport.File] {
    var all = done
    for capture in open + early { all[capture.number] = capture.report(&tally) }
    return all.sorted { $0.key < $1.key }.map(\.value)
  }
}
