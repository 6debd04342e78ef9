internal import Flows
internal import LinuxSystem
internal import Questions

/// A place to capture, as a person names it.
enum CapturePlace {
  /// The network namespace that `text` names: `host`, a container's name or id, a name of `ip netns`, `pid:N`.
  ///
  /// - Throws: if there is none, or if several have the name.
  static func place(_ text: String, _ inventory: Inventory) throws -> Place {
    if let pid = number(text) { return try place(ofProcess: pid, text, inventory) }
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
    guard let place = found.first else {
      let names = inventory.namespaces.prefix(8).map(\.name).joined(separator: ", ")
      throw CommandFailure(.noAnswer, "\(text): no container or network namespace has this name; there is \(names)")
    }
    guard found.count == 1 else {
      throw CommandFailure(
        .noAnswer, "\(text): \(found.count) places have this name; give the container's id, or pid:N")
    }
    return place
  }

  /// The namespace that headwater runs in.
  static func own(_ inventory: Inventory) -> Place? {
    (inventory.namespaces.first { $0.entry == "" } ?? inventory.namespaces.first(where: \.isHost))?.id
  }

  private static func number(_ text: String) -> Int32? { text.hasPrefix("pid:") ? Int32(text.dropFirst(4)) : nil }

  private static func place(ofProcess pid: Int32, _ text: String, _ inventory: Inventory) throws -> Place {
    let place: Place
    do { place = try ProcessFiles().networkNamespace(of: pid) } catch {
      throw CommandFailure(error.code == .denied ? .denied : .noAnswer, "\(text): \(error)")
    }
    return place
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
