extension HostTalks {
  /// Adds a later interval: bytes are summed; flows, busiest programs and differences are those of the later one.
  public static func + (left: HostTalks, right: HostTalks) -> HostTalks {
    var sum = left
    sum.add(right)
    return sum
  }

  private mutating func add(_ later: HostTalks) {
    // Only the current interval counts flows.
    for index in pairs.indices { pairs[index].flows = 0 }
    for index in outside.indices { outside[index].flows = 0 }
    for pair in later.pairs {
      if let index = pairs.firstIndex(where: { $0.isSame(as: pair) }) {
        pairs[index].add(pair)
      } else {
        pairs.append(pair)
      }
    }
    pairs.sort { ($0.bytes, $1.from, $1.to) > ($1.bytes, $0.from, $0.to) }
    for item in later.outside {
      if let index = outside.firstIndex(where: { $0.host == item.host }) {
        outside[index].add(item)
      } else {
        outside.append(item)
      }
    }
  }
}

extension HostPair {
  fileprivate func isSame(as other: HostPair) -> Bool {
    (from, to) == (other.from, other.to) || (from, to) == (other.to, other.from)
  }

  fileprivate mutating func add(_ later: HostPair) {
    let later = later.from == from ? later : later.reversed
    bytesTo &+= later.bytesTo
    bytesBack &+= later.bytesBack
    carriers &+= later.carriers
    (flows, busiest, difference) = (later.flows, later.busiest ?? busiest, later.difference)
    for count in later.counts {
      if let index = counts.firstIndex(where: { $0.host == count.host }) {
        counts[index].bytesTo &+= count.bytesTo
        counts[index].bytesBack &+= count.bytesBack
      } else {
        counts.append(count)
      }
    }
  }
}

extension HostOutside {
  fileprivate mutating func add(_ later: HostOutside) {
    bytesOut &+= later.bytesOut
    bytesIn &+= later.bytesIn
    bytesPassing &+= later.bytesPassing
    bytesWithin &+= later.bytesWithin
    bytesShared &+= later.bytesShared
    carriers &+= later.carriers
    (flows, busiest) = (later.flows, later.busiest ?? busiest)
  }
}
