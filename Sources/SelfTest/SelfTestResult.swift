public import Flows
public import Meter

/// What became of one kind of traffic.
public struct SelfTestResult: Hashable, Sendable, Codable {
  public enum Outcome: Hashable, Sendable, Codable {
    case passed
    /// Counted, as well as this meter can here.
    case limited(reason: String)
    case failed(reason: String)
    /// The kernel can't do it, or the meter is not made for it.
    case skipped(reason: String)
  }

  /// `TCP bulk`.
  public var title: String
  /// What it tests.
  public var about: String
  public var outcome: Outcome
  public var meter: MeterKind
  /// What the meter made of the sender, then of the receiver if one is counted.
  public var sides: [SelfTestSide]
  /// What the fallback meter made of the same traffic, where there is one. No threshold is applied.
  public var fallback: [SelfTestSide]
  /// How long it took.
  public var seconds: Double

  /// Whether all traffic on both sides was counted for the right processes; nil if nothing was measured.
  public var ownerRight: Bool? { sides.isEmpty ? nil : sides.allSatisfy(\.ownerRight) }
  /// Network-layer bytes that went over the wire, as each side sent and received them.
  public var sentBytes: UInt64 { sides.reduce(0) { $0 + $1.expected.bytes } }
  public var countedBytes: UInt64 { sides.reduce(0) { $0 + $1.counted.bytes } }
  /// Counted / sent; nil if nothing was measured.
  public var ratio: Double? { sentBytes == 0 ? nil : Double(countedBytes) / Double(sentBytes) }
  /// The fallback meter's counted / sent.
  public var fallbackRatio: Double? {
    let sent = fallback.reduce(0) { $0 + $1.expected.bytes }
    return sent == 0 ? nil : Double(fallback.reduce(0) { $0 + $1.counted.bytes }) / Double(sent)
  }
}

/// One end of the traffic.
public struct SelfTestSide: Hashable, Sendable, Codable {
  public enum Role: String, Hashable, Sendable, Codable { case sender, receiver }

  public var role: Role
  public var expectedName: String
  public var expectedPIDs: [Int32]
  /// Whom the meter named, most bytes first.
  public var found: [FoundOwner]
  public var ownerRight: Bool
  /// Network-layer bytes and packets (0: not known) that this end sent and received, by its own or the kernel's count.
  public var expected: Traffic
  public var counted: Traffic
  /// Application bytes in both directions, where the meter counts each.
  public var payloadExpected: UInt64?
  public var payloadCounted: UInt64?
  /// TCP segments that either end sent again; they are part of `expected`.
  public var retransmitted: UInt64

  /// How far the worse of the two directions is off: 0.01 is 1 %.
  ///
  /// Where segments were sent again, acknowledgements are longer by SACK blocks (RFC 2018: at most 36 bytes) that no
  /// counter of the kernel tells of; that much is not held against the meter.
  public var deviation: Double {
    func off(_ counted: UInt64, _ expected: UInt64) -> Double {
      let difference = max(abs(Double(counted) - Double(expected)) - 36 * Double(retransmitted), 0)
      if expected == 0 { return counted == 0 ? 0 : 1 }
      return difference / Double(expected)
    }
    return max(off(counted.bytesIn, expected.bytesIn), off(counted.bytesOut, expected.bytesOut))
  }
}

/// A process, as a meter named it, or why it named none.
public struct FoundOwner: Hashable, Sendable, Codable {
  public var name: String
  public var pid: Int32?
}

extension FoundOwner: CustomStringConvertible {
  public var description: String { pid.map { "\(name) (\($0))" } ?? name }
}

extension SelfTestSide: CustomStringConvertible {
  /// `sender hw-bulk-tx (812): out 34731224/34731224, in 112348/112348`
  public var description: String {
    let owners = found.prefix(3).map(\.description).joined(separator: ", ") + (found.count > 3 ? ", …" : "")
    let who = ownerRight ? owners : "WRONG owner \(owners.isEmpty ? "none" : owners), expected \(expectedName)"
    var text =
      "\(role.rawValue) \(who): out \(counted.bytesOut)/\(expected.bytesOut), in \(counted.bytesIn)/\(expected.bytesIn)"
    if let payloadExpected, let payloadCounted { text += ", payload \(payloadCounted)/\(payloadExpected)" }
    if retransmitted > 0 { text += ", \(retransmitted) sent again" }
    return text
  }
}

extension SelfTestResult: CustomStringConvertible {
  public var description: String { lines.joined(separator: "\n") }

  /// One line for the kind, one for each side.
  public var lines: [String] {
    let verdict =
      switch outcome {
      case .passed: "passed"
      case .limited(let reason): "limited: \(reason)"
      case .failed(let reason): "FAILED: \(reason)"
      case .skipped(let reason): "skipped: \(reason)"
      }
    var lines = ["\(title): \(verdict)"]
    lines += sides.map { "  \($0)" }
    lines += fallback.map { "  fallback \($0)" }
    return lines
  }
}
