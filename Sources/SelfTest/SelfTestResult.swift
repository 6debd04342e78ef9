public import Flows
public import Meter

/// The result for one kind of traffic.
public struct SelfTestResult: Hashable, Sendable, Codable {
  public enum Outcome: Hashable, Sendable, Codable {
    case passed
    /// Counted, as exactly as this meter can on this host.
    case limited(reason: String)
    case failed(reason: String)
    /// The kernel can't do it, or the meter is not meant for it.
    case skipped(reason: String)
  }

  /// The kind's title: `TCP bulk`.
  public var title: String
  /// What this kind tests.
  public var about: String
  public var outcome: Outcome
  public var meter: MeterKind
  /// What the meter counted for the sender, then for the receiver if that is counted.
  public var sides: [SelfTestSide]
  /// What the fallback meter counted of the same traffic, if there is one. It is not judged.
  public var fallback: [SelfTestSide]
  /// The duration in seconds.
  public var seconds: Double

  /// Whether all traffic on both sides was attributed to the right processes; nil if nothing was measured.
  public var ownerRight: Bool? { sides.isEmpty ? nil : sides.allSatisfy(\.ownerRight) }
  /// Network-layer bytes on the wire, as the two sides sent and received them.
  public var sentBytes: UInt64 { sides.reduce(0) { $0 + $1.expected.bytes } }
  public var countedBytes: UInt64 { sides.reduce(0) { $0 + $1.counted.bytes } }
  /// Counted bytes divided by sent bytes; nil if nothing was measured.
  public var ratio: Double? { sentBytes == 0 ? nil : Double(countedBytes) / Double(sentBytes) }
  /// The same ratio for the fallback meter.
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
  /// The owners that the meter named, most bytes first.
  public var found: [FoundOwner]
  public var ownerRight: Bool
  /// Network-layer bytes and packets (0: not known) that this end sent and received, by its own count or the kernel's.
  public var expected: Traffic
  public var counted: Traffic
  /// Application bytes in both directions; nil if the meter does not count them exactly.
  public var payloadExpected: UInt64?
  public var payloadCounted: UInt64?
  /// TCP segments that either end retransmitted; they are part of `expected`.
  public var retransmitted: UInt64

  /// The deviation of the worse direction as a share: 0.01 is 1 %.
  ///
  /// After retransmissions, acknowledgements have additional SACK blocks (RFC 2018: at most 36 bytes), which no kernel
  /// counter reports. That much is tolerated.
  public var deviation: Double {
    func off(_ counted: UInt64, _ expected: UInt64) -> Double {
      let difference = max(abs(Double(counted) - Double(expected)) - 36 * Double(retransmitted), 0)
      if expected == 0 { return counted == 0 ? 0 : 1 }
      return difference / Double(expected)
    }
    return max(off(counted.bytesIn, expected.bytesIn), off(counted.bytesOut, expected.bytesOut))
  }
}

/// A process that a meter named as owner, or why it named none.
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

  /// The lines to print: one for the kind, one for each side.
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
