internal import Flows
internal import LinuxSystem
internal import Questions

/// A place to capture, as a person names it.
enum CapturePlace {
  /// The network namespaces that `text` names: `host`, a container's name or id, a name of `ip netns`, `pid:N` of this host;
  /// `alpha:web` for that of one of several hosts. Of several hosts each may have one.
  ///
  /// - Throws: if there is none, or if several of one host have the name.
  static func places(_ text: String, _ inventory: Inventory) throws -> Set<Place> {
    if let pid = number(text) { return [try place(ofProcess: pid, text, inventory)] }
    let names = inventory.hosts ?? [inventory.host]
    let prefix = names.enumerated().first { text.hasPrefix($0.element + ":") }
    let word = prefix.map { String(text.dropFirst($0.element.utf8.count + 1)) } ?? text
    let found = places(named: word, inventory).filter { prefix == nil || $0.host == prefix?.offset }
    guard !found.isEmpty else {
      let names = inventory.namespaces.prefix(8).map(\.name).joined(separator: ", ")
      throw CommandFailure(.noAnswer, "\(text): no container or network namespace has this name; there is \(names)")
    }
    for (host, twins) in Dictionary(grouping: found, by: \.host) where twins.count > 1 {
      throw CommandFailure(
        .noAnswer,
        "\(text): \(twins.count) places of \(inventory.hostName(host)) have this name; give the container's id, or pid:N"
      )
    }
    return found
  }

  private static func places(named text: String, _ inventory: Inventory) -> Set<Place> {
    let containers = inventory.containers.filter {
      $0.container.name == text || $0.container.id == text
        || (text.utf8.count >= 3 && $0.container.id.hasPrefix(text))
    }
    let described = inventory.namespaces.filter {
      $0.name == text || $0.name == "netns \(text)" || $0.name == "container \(text)"
        || "\($0.id.namespace)" == text || (text == "host" && $0.isHost)
    }
    var found = Set(described.map(\.id))
    for container in containers {
      // One without a namespace of its own shares the host's.
      if let place = container.namespace ?? inventory.namespaces.first(where: \.isHost)?.id { found.insert(place) }
    }
    if text == "here", let own = own(inventory) { found.insert(own) }
    return found
  }

  /// The namespace that headwater runs in.
  static func own(_ inventory: Inventory) -> Place? {
    let here = inventory.namespaces.filter { $0.id.host == inventory.here ?? 0 }
    return (here.first { $0.entry == "" } ?? here.first(where: \.isHost))?.id
  }

  private static func number(_ text: String) -> Int32? { text.hasPrefix("pid:") ? Int32(text.dropFirst(4)) : nil }

  private static func place(ofProcess pid: Int32, _ text: String, _ inventory: Inventory) throws -> Place {
    let place: Place
    do { place = try ProcessFiles().networkNamespace(of: pid) } catch {
      throw CommandFailure(error.code == .denied ? .denied : .noAnswer, "\(text): \(error)")
    }
    return place.on(host: inventory.here ?? 0)
  }

  /// Places that chains of links join (veth pairs, VLANs of other places' interfaces).
  static func groups(_ inventory: Inventory) -> [Set<Place>] {
    var groups = inventory.namespaces.map { Set([$0.id]) }
    for namespace in inventory.namespaces {
      for interface in namespace.interfaces {
        guard let peer = interface.peer?.namespace, peer != namespace.id,
          let one = groups.firstIndex(where: { $0.contains(namespace.id) }),
          let other = groups.firstIndex(where: { $0.contains(peer) }), one != other
        else { continue }
        groups[one].formUnion(groups[other])
        groups.remove(at: other)
      }
    }
    return groups
  }
}
