public import Flows
internal import FoundationEssentials

extension Interval {
  /// This interval as one line of JSON (`headwater.interval/1`), without the line's end.
  public func jsonLine() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}
