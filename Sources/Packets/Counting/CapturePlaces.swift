public import Capture
internal import Flows

/// The places of capture: an interface of a file, one direction of it, or one interface of `tcpdump -i any`.
struct CapturePlaces: Sendable {
  /// An interface, as people see it.
  struct Interface: Sendable {
    var name: String
    var count = PacketCount()
    var dropped: UInt64?
    var firstTime: Double?
    var lastTime: Double?
  }

  private struct Key: Hashable {
    var interface: Int
    var isOutgoing: Bool?
  }

  private struct Source: Hashable {
    var file: Int
    var place: Int
    var device: UInt32?
  }

  private(set) var interfaces: [Interface] = []
  private var sources: [Source: Int] = [:]
  private var names: [String: Int] = [:]
  private var numbers: [Key: UInt16] = [:]
  private var owners: [Int] = []
  /// The losses of each file's interfaces that were already added.
  private var counted: [Int: [Int: UInt64]] = [:]
  /// The last packet's, because the next one is often from the same place.
  private var latest: (source: Source, isOutgoing: Bool?, place: UInt16, interface: Int)?

  /// Counts a packet and returns the number of its place.
  mutating func take(
    _ packet: CapturedPacket, _ dissected: DissectedPacket, file: Int, of capture: PacketSource
  ) -> UInt16 {
    let source = Source(file: file, place: packet.place, device: dissected.interface)
    let isOutgoing = dissected.isOutgoing ?? packet.remark?.isOutgoing
    if latest?.source != source || latest?.isOutgoing != isOutgoing {
      let interface = sources[source] ?? add(source, capture)
      let key = Key(interface: interface, isOutgoing: isOutgoing)
      var place = numbers[key]
      if place == nil, owners.count < 60_000 {
        place = UInt16(owners.count)
        numbers[key] = place
        owners.append(interface)
      }
      latest = (source, isOutgoing, place ?? 0, interface)
    }
    guard let latest else { return 0 }
    interfaces[latest.interface].count.add(packet.wireLength)
    if let time = packet.time {
      interfaces[latest.interface].firstTime = min(interfaces[latest.interface].firstTime ?? time, time)
      interfaces[latest.interface].lastTime = max(interfaces[latest.interface].lastTime ?? time, time)
    }
    return latest.place
  }

  /// Adds an interface. Files that follow each other, as those of a ring, have the same interfaces if the names are the
  /// same; files of the same time don't.
  private mutating func add(_ source: Source, _ capture: PacketSource) -> Int {
    let described = capture.interfaces.indices.contains(source.place) ? capture.interfaces[source.place] : nil
    var name = described?.name ?? described?.description ?? ""
    // `tcpdump -i any` has one interface for all devices; other files say which it is.
    if let device = source.device, described?.name == nil || described?.name == "any" {
      name += name.isEmpty ? "interface \(device)" : ", interface \(device)"
    }
    // Several namespaces have an `eth0`; the description says which it is.
    let label = described?.name == nil ? "" : described?.description ?? ""
    let twins = capture.interfaces.filter { $0.name == described?.name && $0.name != nil }
    if twins.count > 1, !label.isEmpty { name = label }
    let shown = capture.isAlone ? name : name.isEmpty ? capture.label : "\(capture.label): \(name)"
    let key = "\(capture.lane)/\(described?.link.rawValue ?? 0)/\(name.isEmpty ? "\(source.place)" : name)/\(label)"
    if let known = names[key] {
      sources[source] = known
      return known
    }
    let number = interfaces.count
    // An attacker's file may describe any number of interfaces.
    guard number < 60_000 else { return number - 1 }
    interfaces.append(Interface(name: shown.isEmpty ? described?.link.title ?? "-" : shown))
    sources[source] = number
    names[key] = number
    return number
  }

  /// Adds the packets that a capturing program lost.
  mutating func finish(_ file: Int, _ described: [CaptureInterface]) {
    for (source, number) in sources where source.file == file {
      guard described.indices.contains(source.place), let dropped = described[source.place].dropped else { continue }
      // One that grows is asked more than once.
      let known = counted[file, default: [:]].updateValue(dropped, forKey: source.place) ?? 0
      interfaces[number].dropped = (interfaces[number].dropped ?? 0) &+ (dropped &- min(known, dropped))
    }
  }

  /// The name of a place's interface.
  func name(_ place: UInt16) -> String {
    owners.indices.contains(Int(place)) ? interfaces[owners[Int(place)]].name : "-"
  }
}

/// A capture file, as the packets' counter sees it.
public struct PacketSource: Sendable {
  /// The file's number, from 0.
  public let number: Int
  /// Its name for people.
  public let label: String
  /// Whether it is the only file.
  public let isAlone: Bool
  /// Files of the same time have different lanes; a file that begins after another's end has the same.
  public let lane: Int
  /// The interfaces so far.
  public var interfaces: [CaptureInterface] = []

  public init(number: Int, label: String, isAlone: Bool, lane: Int) {
    self.number = number
    self.label = label
    self.isAlone = isAlone
    self.lane = lane
  }
}
