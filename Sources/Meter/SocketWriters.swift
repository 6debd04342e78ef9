internal import CMeter
internal import Flows

/// The processes that share one socket, with what each of them moved since the last reading.
struct SocketWriters {
  private var shares: [UInt64: [Share]] = [:]

  private struct Share {
    let task: TaskRecord
    let payloadIn: UInt64
    let payloadOut: UInt64
  }

  mutating func add(_ task: TaskRecord, of cookie: UInt64, payloadIn: UInt64, payloadOut: UInt64) {
    guard payloadIn | payloadOut != 0 else { return }
    shares[cookie, default: []].append(Share(task: task, payloadIn: payloadIn, payloadOut: payloadOut))
  }

  /// One row per process, with bytes in proportion to the process's own calls. The sum stays the same.
  func parts(of row: SocketTraffic) -> [SocketTraffic] {
    guard let list = shares[row.cookie]?.sorted(by: { $0.task.startTime < $1.task.startTime }), list.count > 1 else {
      return [row]
    }
    // A process that only acknowledges is not the writer of that direction; the one that sends (or receives) is.
    let sends = list.contains { $0.payloadOut > 0 }
    let receives = list.contains { $0.payloadIn > 0 }
    let outward = list.map { sends ? $0.payloadOut : $0.payloadIn }
    let inward = list.map { receives ? $0.payloadIn : $0.payloadOut }
    let traffic = Self.split(row.traffic, inward: inward, outward: outward)
    let surplus = Self.split(row.surplus, inward: inward, outward: outward)
    let unsent = Self.split(row.unsent, inward: inward, outward: outward)
    return list.indices.map { index in
      var part = row
      part.holder = .task(list[index].task)
      part.isSeeded = false
      (part.traffic, part.surplus, part.unsent) = (traffic[index], surplus[index], unsent[index])
      if row.payloadIn != nil { (part.payloadIn, part.payloadOut) = (list[index].payloadIn, list[index].payloadOut) }
      return part
    }.filter { !$0.traffic.isZero || !$0.unsent.isZero }
  }

  private static func split(_ traffic: Traffic, inward: [UInt64], outward: [UInt64]) -> [Traffic] {
    let bytesIn = split(traffic.bytesIn, by: inward)
    let bytesOut = split(traffic.bytesOut, by: outward)
    let packetsIn = split(traffic.packetsIn, by: inward)
    let packetsOut = split(traffic.packetsOut, by: outward)
    return inward.indices.map {
      Traffic(bytesIn: bytesIn[$0], bytesOut: bytesOut[$0], packetsIn: packetsIn[$0], packetsOut: packetsOut[$0])
    }
  }

  /// Splits `amount` into whole numbers in proportion to `weights`; they add up to `amount`.
  static func split(_ amount: UInt64, by weights: [UInt64]) -> [UInt64] {
    let total = weights.reduce(0, +)
    guard total > 0 else { return weights.indices.map { $0 == 0 ? amount : 0 } }
    var (upTo, given) = (UInt64(0), UInt64(0))
    return weights.map { weight in
      upTo += weight
      let product = amount.multipliedFullWidth(by: upTo)
      let share = total.dividingFullWidth(product).quotient - given
      given += share
      return share
    }
  }
}
