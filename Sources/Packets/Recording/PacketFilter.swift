internal import CFilter
public import LinuxSystem

/// A filter expression in libpcap's language (pcap-filter(7)), compiled for the kernel.
///
/// libpcap is loaded when it is first needed (`docs/decisions/0055`). The instructions read a packet of any kind of interface
/// from its network header on.
public struct PacketFilter: Sendable {
  public enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
    /// libpcap refuses the expression, and why.
    case refused(String)
    /// libpcap can't be loaded.
    case missing(String)

    public var description: String {
      switch self {
      case .refused(let reason): "libpcap refuses the filter: \(reason)"
      case .missing(let reason): "a filter needs libpcap: \(reason)"
      }
    }
  }

  public let instructions: [FilterInstruction]

  private static let room = 4000

  public init(_ expression: String) throws(Failure) {
    guard !expression.utf8.contains(0) else { throw .refused("it has a zero byte") }
    var steps = [hw_filter_instruction](repeating: hw_filter_instruction(), count: Self.room)
    var message = [CChar](repeating: 0, count: 512)
    let count = hw_filter_compile(expression, &steps, steps.count, &message, message.count)
    let reason = String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    guard count >= 0 else { throw count == -2 ? .missing(reason) : .refused(reason) }
    instructions = steps.prefix(count).map {
      FilterInstruction(code: $0.code, jumpTrue: $0.jump_true, jumpFalse: $0.jump_false, value: $0.value)
    }
  }
}
