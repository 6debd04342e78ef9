public import Documents
internal import Flows

/// `headwater hosts` as a table, with a line below for each host that can't be queried: why not.
public struct HostTable: Sendable {
  private let width: Int?
  private let isVerbose: Bool

  /// - Parameters:
  ///   - width: the terminal's columns; nil shortens nothing.
  ///   - isVerbose: whether to show notes of hosts that can be queried, too.
  public init(width: Int?, isVerbose: Bool = false) {
    self.width = width
    self.isVerbose = isVerbose
  }

  public func lines(_ document: HostsDocument) -> [Line] {
    var table = TextTable([
      .init("HOST", minimum: 12), .init("STATE", minimum: 9), .init("RIGHTS", rank: 2), .init("PROBE", rank: 4),
      .init("CLOCK", .right, rank: 3), .init("TOOK", .right, rank: 5), .init("ADDRESSES", minimum: 15, rank: 1),
    ])
    for host in document.hosts {
      table.add([
        .init(host.name), .init(host.reachable ? "reachable" : Self.state(host.error), host.reachable ? .plain : .bold),
        .init(host.privileges ?? "-"), .init(host.version ?? "-"), .init(Self.clock(host)),
        .init(Self.seconds(host.seconds)),
        .init(host.addresses.map { $0.map(\.description).joined(separator: " ") } ?? "-"),
      ])
    }
    var lines = table.lines(width: width)
    for host in document.hosts {
      if let error = host.error {
        let advice = error.advice.isEmpty ? "" : "; \(error.advice)"
        lines.append(Line("\(host.name): \(error.detail)\(advice)"))
      } else if isVerbose || host.privileges == "none" {
        lines += host.notes.map { Line("\(host.name): \($0)", .faint) }
      }
    }
    return lines + document.notes.map { Line("note: \($0)", .faint) }
  }

  /// The code in words: `timedOut` becomes `timed out`.
  private static func state(_ failure: HostAnswer.Failure?) -> String {
    (failure?.code ?? "unreachable").map { $0.isUppercase ? " \($0.lowercased())" : "\($0)" }.joined()
  }

  /// `+0.120 s`: how far the host's clock is ahead of this one's.
  static func clock(_ host: HostAnswer) -> String {
    guard let offset = host.clockOffset, offset.isFinite, abs(offset) < 1e12 else { return "-" }
    let milliseconds = Int((abs(offset) * 1000).rounded())
    let fraction = String(milliseconds % 1000)
    let zeros = String(repeating: "0", count: 3 - fraction.count)
    return "\(offset < 0 && milliseconds > 0 ? "-" : "+")\(milliseconds / 1000).\(zeros)\(fraction) s"
  }

  static func seconds(_ seconds: Double) -> String {
    let tenths = Int((max(0, min(seconds, 1e9)) * 100).rounded())
    return "\(tenths / 100).\(tenths % 100 < 10 ? "0" : "")\(tenths % 100) s"
  }
}
