internal import Flows

extension TalkCount {
  func result() -> [HostPair] {
    pairs.map { pair, sum in result(pair, sum) }.filter { $0.bytes > 0 || $0.carriers > 0 }
      .sorted { ($0.bytes, $1.from, $1.to) > ($1.bytes, $0.from, $0.to) }
  }

  private func result(_ pair: Pair, _ sum: Sum) -> HostPair {
    let single = sum.single.values.reduce(Directions()) { Directions.max($0, $1.directions) }
    var total = sum.matched
    total += single
    let name = { (number: Int) in names[number] ?? "host \(number)" }
    let counts = sum.counts.sorted { $0.key < $1.key }.map {
      HostPair.Count(host: name($0.key), bytesTo: $0.value.up, bytesBack: $0.value.down)
    }
    var result = HostPair(
      from: name(pair.low), to: name(pair.high), bytesTo: total.up, bytesBack: total.down,
      flows: sum.flows + (sum.single.values.map(\.flows).max() ?? 0), busiest: sum.talkers.busiest, counts: counts,
      carriers: sum.carriers)
    // A host without a part in this interval contradicts nothing.
    if present.contains(pair.low), present.contains(pair.high) {
      result.difference = result.apart(tolerating: tolerance)
    }
    return sum.begun[pair.high] ?? 0 > sum.begun[pair.low] ?? 0 ? result.reversed : result
  }

  func outsideResult() -> [HostOutside] {
    outside.sorted { $0.key < $1.key }.map { _, item in
      var sum = item.sum
      sum.busiest = item.talkers.busiest
      return sum
    }
  }
}

/// Bytes by the programs at both ends.
struct TalkerSums {
  private var bytes: [HostTalker: UInt64] = [:]

  /// - Parameters:
  ///   - near: a row of the first host's socket; nil if it was not seen.
  ///   - far: the same for the other host.
  mutating func add(near: FlowTraffic?, far: FlowTraffic?, address: IPAddress?, initiator: String?, _ count: UInt64) {
    guard let row = near ?? far else { return }
    // The responder's own port, which both ends agree on.
    let port = far?.role == .responder ? far?.flow.source.port : near?.servicePort
    add(
      near: near.flatMap { HostTalker.Program($0.owner) }, far: far.flatMap { HostTalker.Program($0.owner) },
      address: address, transport: row.flow.transport, port: port ?? row.servicePort, initiator: initiator, count)
  }

  mutating func add(
    near: HostTalker.Program?, far: HostTalker.Program?, address: IPAddress?, transport: Transport, port: UInt16,
    initiator: String?, _ count: UInt64
  ) {
    let key = HostTalker(
      near: near, far: far, address: address, transport: transport, port: transport.hasPorts ? port : 0,
      initiator: initiator, bytes: 0)
    bytes[key, default: 0] &+= count
  }

  var busiest: HostTalker? {
    let most = bytes.max { ($0.value, $1.key.port) < ($1.value, $0.key.port) }
    guard let most else { return nil }
    var talker = most.key
    talker.bytes = most.value
    return talker
  }
}

extension HostTalker.Program {
  /// Nil if nothing is known about the owner.
  init?(_ owner: Owner) {
    if let process = owner.process {
      self.init(name: process.name, pid: process.pid, container: owner.container?.title)
    } else if let machine = owner.machine {
      self.init(name: "VM \(machine)")
    } else if owner.isKernel == true {
      self.init(name: "kernel")
    } else if let container = owner.container {
      self.init(name: "container", container: container.title)
    } else {
      return nil
    }
  }
}
