internal import Flows

/// When each client asked each service, to find the ones that ask at equal intervals.
struct Pollers: Sendable {
  struct Key: Hashable, Sendable {
    var transport: Transport
    var client: IPAddress
    var service: Endpoint
  }

  struct Poller: Sendable {
    let key: Key
    /// The starts of its exchanges, in seconds since 1970.
    var times: [Double] = []
    var last = -Double.infinity
    /// How many times are not kept.
    var left = 0
  }

  private static let limit = 8192
  private static let timesLimit = 4096
  private static let allTimesLimit = 1_000_000
  /// What follows within so many seconds belongs to the same exchange.
  private static let pause = 0.2

  private(set) var all: [Poller] = []
  private var numbers: [Key: Int32] = [:]
  private var kept = 0

  /// The number of a client at a service; -1 if there is no room.
  mutating func number(_ key: Key) -> Int32 {
    if let known = numbers[key] { return known }
    guard all.count < Self.limit else { return -1 }
    let number = Int32(all.count)
    numbers[key] = number
    all.append(Poller(key: key))
    return number
  }

  /// Notes that the client sent something.
  mutating func note(_ number: Int32, at time: Double) {
    let index = Int(number)
    let isStart = time - all[index].last > Self.pause
    all[index].last = max(time, all[index].last)
    guard isStart else { return }
    guard all[index].times.count < Self.timesLimit, kept < Self.allTimesLimit else {
      all[index].left += 1
      return
    }
    all[index].times.append(time)
    kept += 1
  }
}
