internal import Flows

/// Reads `ip address`, `ip -o address` and `ip -br address` line by line.
struct ListedInterfaceReader {
  private var interfaces: [ListedInterface] = []
  private var places: [String: Int] = [:]
  private var current: Int?

  private static let operating: Set<Substring> = [
    "UP", "DOWN", "UNKNOWN", "LOWERLAYERDOWN", "DORMANT", "NOTPRESENT", "TESTING",
  ]
  /// The words with which `ip -d` begins a line about the kind.
  private static let kinds: Set<InterfaceKind> = [
    .veth, .bridge, .tun, .wireguard, .vlan, .vxlan, .macvlan, .macvtap, .ipvlan, .bond, .dummy, .gre, .sit, .ipip,
  ]

  mutating func finish() -> [ListedInterface] {
    for index in interfaces.indices { interfaces[index].guessKind() }
    return interfaces
  }

  mutating func read(_ line: PastedText.Line) {
    guard line.text.utf8.count < 65536 else { return }
    let words = PastedWords.split(line.text)
    guard let first = words.first else { return }
    if first.last == ":", let number = PastedWords.number(first.dropLast()), words.count > 2 {
      heading(UInt32(clamping: number), words, line.number)
    } else if words.count > 1, Self.operating.contains(words[1]), line.text.first != " ", line.text.first != "\t" {
      brief(words, line.number)
    } else if let current {
      detail(words, line.number, of: current)
    }
  }

  /// Reads `5: eth0@if6: <BROADCAST,UP> mtu 1500 … master docker0 …`, or with `-o` `5: eth0    inet 192.0.2.1/24 …`.
  private mutating func heading(_ index: UInt32, _ words: [Substring], _ line: Int) {
    let isOneLine = words[1].last != ":"
    let place = place(of: isOneLine ? words[1] : words[1].dropLast(), index, line)
    current = place
    if isOneLine {
      detail(Array(words.dropFirst(2)), line, of: place)
      return
    }
    let flags = words[2].dropFirst().dropLast().split(separator: ",")
    interfaces[place].isUp = flags.contains("UP")
    if let at = words.firstIndex(of: "master"), at + 1 < words.count {
      interfaces[place].master = String(words[at + 1])
    }
    // With -o, the details are on the same line.
    if let at = words.firstIndex(where: { $0.hasPrefix("\\") || $0.hasPrefix("link/") }) {
      detail(Array(words[at...]).map { $0.hasPrefix("\\") ? $0.dropFirst() : $0 }, line, of: place)
    }
  }

  /// Reads `eth0@if6  UP  192.0.2.1/24 fe80::1/64`.
  private mutating func brief(_ words: [Substring], _ line: Int) {
    let place = place(of: words[0], nil, line)
    interfaces[place].isUp = words[1] != "DOWN"
    for word in words.dropFirst(2) { address(word, line, of: place) }
    current = nil
  }

  private mutating func place(of label: Substring, _ index: UInt32?, _ line: Int) -> Int {
    let parts = label.split(separator: "@", maxSplits: 1)
    let name = String(parts.first ?? label)
    if let known = places[name] { return known }
    var interface = ListedInterface(name: name, index: index, line: line)
    if parts.count == 2 {
      if parts[1].hasPrefix("if"), let number = UInt32(parts[1].dropFirst(2)) {
        interface.peerIndex = number
      } else {
        interface.peerName = String(parts[1])
      }
    }
    places[name] = interfaces.count
    interfaces.append(interface)
    return interfaces.count - 1
  }

  private mutating func detail(_ words: [Substring], _ line: Int, of place: Int) {
    guard let first = words.first else { return }
    if first.hasPrefix("link/") {
      let type = first.dropFirst(5)
      // ARPHRD_NONE, which busybox prints as a number.
      interfaces[place].hasNoLinkHeader = type == "none" || type == "[65534]"
      if type == "ether", words.count > 1 { interfaces[place].hardwareAddress = String(words[1]) }
    } else if first == "inet" || first == "inet6", words.count > 1 {
      // `inet 10.8.0.1 peer 10.8.0.2/32`
      if words.count > 3, words[2] == "peer", let own = PastedWords.address(words[1]) {
        interfaces[place].addresses.append(.init(address: own, prefixLength: own.bitWidth, line: line))
      } else {
        address(words[1], line, of: place)
      }
    } else if interfaces[place].kind == nil, Self.kinds.contains(InterfaceKind(String(first))) {
      interfaces[place].kind = InterfaceKind(String(first))
    }
  }

  private mutating func address(_ word: Substring, _ line: Int, of place: Int) {
    let parts = word.split(separator: "/", maxSplits: 1)
    guard let text = parts.first, let address = PastedWords.address(text), interfaces[place].addresses.count < 4096
    else {
      return
    }
    let length = parts.count == 2 ? Int(parts[1]) ?? address.bitWidth : address.bitWidth
    guard (0...address.bitWidth).contains(length) else { return }
    interfaces[place].addresses.append(.init(address: address, prefixLength: length, line: line))
  }
}
