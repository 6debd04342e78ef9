internal import Flows

/// How keys are shown.
struct LogNames {
  let options: LogReportOptions

  init(_ options: LogReportOptions) { self.options = options }

  static func text(_ key: [UInt8]) -> String {
    if key.isEmpty { return "-" }
    return String(decoding: key, as: UTF8.self) + (key.count == KeyTable.keyLength ? "…" : "")
  }

  func set(_ client: String) -> String? {
    IPAddress(client.split(separator: "%").first.map(String.init) ?? client).flatMap(options.addressSet)
  }
}

/// The positions of the largest values, largest first.
func largest(_ count: Int, of number: Int, _ value: (Int) -> UInt64) -> [Int] {
  var best: [(value: UInt64, place: Int)] = []
  best.reserveCapacity(count * 2 + 1)
  var least: UInt64 = 0
  for place in 0..<number {
    let value = value(place)
    guard value > least else { continue }
    best.append((value, place))
    if best.count >= max(count, 1) * 2 {
      best.sort { ($0.value, $1.place) > ($1.value, $0.place) }
      best.removeLast(best.count - count)
      least = best.last?.value ?? 0
    }
  }
  best.sort { ($0.value, $1.place) > ($1.value, $0.place) }
  return best.prefix(count).map(\.place)
}
