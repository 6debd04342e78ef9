/// One line of the start script's output.
public enum StartLine: Hashable, Sendable {
  /// The probe runs from here on.
  case start(ProbeStart)
  /// The script waits for the probe's file on standard input, for folder `number`.
  case need(architecture: String, number: Int, place: String)
  /// A limitation of the answers, or the reason for something.
  case note(String)
  case unsupported(architecture: String)
  case noPlace
  /// The copy into folder `number` failed.
  case failed(number: Int, reason: String)
  case removed(Int)

  /// Nil for any other line, which a login script may print.
  public init?(parsing line: [UInt8]) {
    guard line.count <= 8192 else { return nil }
    let text = String(decoding: line, as: UTF8.self)
    guard text.hasPrefix(Self.prefix) else { return nil }
    let parts = text.dropFirst(Self.prefix.count).split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
    let rest = parts.count > 1 ? String(parts[1]) : ""
    let values = Self.values(rest)
    switch parts[0] {
    case "note": self = .note(rest)
    case "noplace": self = .noPlace
    case "unsupported": self = .unsupported(architecture: values["arch"] ?? "")
    case "removed":
      guard let number = values["number"].flatMap({ Int($0) }), number >= 0 else { return nil }
      self = .removed(number)
    case "failed":
      guard let number = values["number"].flatMap({ Int($0) }) else { return nil }
      self = .failed(number: number, reason: values["place"] ?? "")
    case "need":
      guard let number = values["number"].flatMap({ Int($0) }), (1...16).contains(number), let place = values["place"]
      else { return nil }
      self = .need(architecture: values["arch"] ?? "", number: number, place: place)
    case "start":
      guard let start = ProbeStart(values) else { return nil }
      self = .start(start)
    default: return nil
    }
  }

  /// The beginning of every line of the script.
  static let prefix = "headwater-"

  /// Parses `key=value` words; `place` takes the whole rest of the line.
  private static func values(_ text: String) -> [String: String] {
    var values: [String: String] = [:]
    var rest = Substring(text)
    while let equals = rest.firstIndex(of: "="), values.count < 16 {
      let key = String(rest[..<equals])
      rest = rest[rest.index(after: equals)...]
      if key == "place" {
        values[key] = String(rest)
        break
      }
      let value = rest.prefix { $0 != " " }
      values[key] = String(value)
      rest = rest[value.endIndex...].drop { $0 == " " }
    }
    return values
  }
}
